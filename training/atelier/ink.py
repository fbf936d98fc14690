"""Ink wash: a few tones of black on paper."""

from __future__ import annotations

import numpy as np

from training.atelier.canvas import (
    Field,
    Picture,
    Sheet,
    blur,
    colour,
    curve,
    drawing,
    drawn,
    over,
    palette,
    paper,
    ramp,
    step,
)


def mountains_after_rain(sheet: Sheet) -> Picture:
    """Ink on paper: ridges in mist, a pine, birds and a seal."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    ink = np.zeros_like(x)
    fibre = sheet.noise(5, 2, (4, 1))
    for index, base in enumerate(np.linspace(0.30, 0.80, 5) * high):
        line = sheet.noise(330 - 30 * index, 5)[sheet.height // 2][None]
        crest = base - (300 - 30 * index) * (line**1.6)
        below = y - crest + 6 * (sheet.noise(22, 3) - 0.5)
        dark = 0.16 + 0.15 * index
        body = np.exp(-np.clip(below, 0, None) / (80 + 10 * index)) * step(0, below, 3)
        edge = np.exp(-np.clip(below, 0, None) / 7) * step(0, below, 3)
        folds = (
            step(0.56, sheet.noise(60, 4, (0.5, 2.2)), 0.3)
            * np.exp(-np.clip(below, 0, None) / 120)
            * step(0, below, 3)
        )
        wash = (
            dark * (0.75 * body + 0.35 * edge * fibre + 0.55 * folds) * np.clip((high * 1.02 - y) / 240, 0, 1)
        )
        ink = ink * (1 - 0.9 * step(0, below, 4) * np.exp(-np.clip(below - 10, 0, None) / 300)) + wash
    ink *= 0.75 + 0.5 * sheet.noise(120, 3)
    ink = np.maximum(ink, _pine(sheet, (0.02 * wide, 0.66 * high)))
    pen = drawing(sheet, 3)
    for _ in range(7):
        a, b = sheet.rng.uniform((0.50 * wide, 0.12 * high), (0.80 * wide, 0.24 * high))
        size = sheet.rng.uniform(7, 14)
        wing = curve(
            [
                (a - size, b - 0.5 * size),
                (a - 0.4 * size, b - 0.6 * size),
                (a, b),
                (a + 0.5 * size, b - 0.7 * size),
                (a + size, b - 0.4 * size),
            ],
            8,
        )
        pen.line([tuple(p) for p in wing * sheet.unit * 3], fill=210, width=max(1, round(5 * sheet.unit)))
    ink = np.maximum(ink, drawn(pen, 3))
    bled = np.maximum(ink, 0.7 * blur(ink, 2.2 * sheet.unit)) * (0.86 + 0.28 * fibre)
    sheet_paper = paper(sheet, "f1e9d8", 0.05)
    sun = np.hypot(x - 0.74 * wide, y - 0.20 * high)
    red = step(-56, -sun, 5) * (0.55 + 0.4 * sheet.noise(30, 3))
    picture = over(sheet_paper, colour("d2452d"), red * (1 - np.clip(1.3 * bled, 0, 1)))
    tint = ramp(palette("8a9a9c 3a4a55 14181d"), bled)
    picture = over(picture, tint, np.clip(bled * 1.15, 0, 0.97))
    a, b = 0.90 * wide, 0.86 * high
    seal = np.maximum(np.abs(x - a), np.abs(y - b)) + 4 * (sheet.noise(9, 2) - 0.5)
    marks = (np.abs(x - a) < 3) | (np.abs(np.abs(y - b) - 9) < 2.4) | (np.abs(np.abs(x - a) - 13) < 2)
    return over(picture, colour("b3261e"), 0.9 * step(-26, -seal, 2) * (1 - marks * (seal < 20)))


def _pine(sheet: Sheet, root: tuple[float, float]) -> Field:
    """Return the ink of a pine branch that reaches in from the left."""
    rng, unit = sheet.rng, sheet.unit
    pen = drawing(sheet, 2)
    limbs = [
        ([(-30, 60), (90, 10), (190, -10), (300, -70), (390, -60)], 17),
        ([(150, 0), (210, -80), (290, -130)], 9),
        ([(220, -25), (330, 20), (420, 26)], 8),
    ]
    tips = []
    for points, thick in limbs:
        path = curve([(root[0] + a, root[1] + b) for a, b in points], 30)
        for place, (a, b) in zip(np.linspace(1, 0.25, len(path)), path, strict=True):
            half = thick * place * rng.uniform(0.35, 0.6) * unit * 2
            centre = (a + rng.normal(0, 1)) * unit * 2, (b + rng.normal(0, 1)) * unit * 2
            pen.ellipse(
                (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half),
                fill=int(rng.uniform(190, 245)),
            )
        tips += [path[i] for i in range(len(path) // 3, len(path), 9)]
    for a, b in tips:
        for _ in range(2):
            a2, b2 = a + rng.normal(0, 20), b - rng.uniform(0, 30)
            for heading in rng.uniform(-np.pi, 0.15, 34):
                long = rng.uniform(16, 36)
                end = (
                    (a2 + long * np.cos(heading)) * unit * 2,
                    (b2 + 0.75 * long * np.sin(heading)) * unit * 2,
                )
                pen.line(
                    [(a2 * unit * 2, b2 * unit * 2), end],
                    fill=int(rng.uniform(110, 230)),
                    width=max(1, round(2.2 * unit)),
                )
    return drawn(pen, 2)
