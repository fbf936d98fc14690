"""Neon: bent tubes of light in the dark, and their reflections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.atelier.canvas import (
    Picture,
    Points,
    Sheet,
    blur,
    colour,
    curve,
    drawing,
    drawn,
    over,
    palette,
    ramp,
    step,
)


def neon_coast(sheet: Sheet) -> Picture:
    """Neon: a striped sun behind a lit skyline and palms, doubled by wet sand."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    shore = 0.62 * high
    tubes: Picture = np.zeros((sheet.height, sheet.width, 3), np.float32)
    night = ramp(palette("0a0620 1a0b3e 3a1266 7a1c7a c8306a"), np.clip(y / shore, 0, 1) ** 1.6)
    stars = np.zeros_like(x)
    spots = sheet.rng.integers(0, (sheet.height // 2, sheet.width), (170, 2))
    stars[spots[:, 0], spots[:, 1]] = sheet.rng.uniform(0.5, 4, 170)
    night = night + 2.0 * blur(stars, 0.9 * sheet.unit)[..., None] * colour("cfe8ff")
    night = over(
        night,
        colour("e8408a"),
        0.35 * step(0.6, sheet.noise(200, 4, (4, 0.7)), 0.4) * np.clip(y / shore, 0, 1),
    )
    centre, big = (0.5 * wide, 0.40 * high), 176
    far = np.hypot(x - centre[0], y - centre[1])
    bars = ((y - centre[1]) / 19) % 1 < np.clip((y - centre[1]) / 260 + 0.15, 0, 1)
    disc = step(-big, -far, 2) * ~(bars & (y > centre[1] - 20))
    night = over(
        night, ramp(palette("fff27a ffb43a ff5a6a e8268a"), (y - centre[1] + big) / (2 * big)) * 1.9, disc
    )
    night, tubes = _skyline(sheet, night, tubes, shore)
    for a, size, lean in ((0.12, 1.25, 34), (0.22, 0.85, -18), (0.88, 1.15, -30), (0.78, 0.7, 16)):
        night, tubes = _palm(sheet, night, tubes, (a * wide, shore + 12), 250 * size, lean)
    tubes = tubes + _strokes(sheet, [[(0, shore), (wide, shore)]], "4af0ff", 2.6)
    ring = np.linspace(0, 2 * np.pi, 120)
    circle = [
        list(zip(centre[0] + (big + 12) * np.cos(ring), centre[1] + (big + 12) * np.sin(ring), strict=True))
    ]
    above = step(0, shore - y, 2)[..., None]
    tubes = tubes + _strokes(sheet, circle, "ff4fc8", 3.2) * above
    scene = night + _glow(sheet, tubes)
    row = np.clip(
        (
            (2 * shore - y) * sheet.unit
            + 9 * sheet.unit * (sheet.noise(26, 3, (5, 0.5)) - 0.5) * np.clip((y - shore) / 50, 0, 3)
        ).astype(int),
        0,
        sheet.height - 1,
    )
    mirror = np.take_along_axis(scene, np.broadcast_to(row[..., None], scene.shape), 0)
    smear = blur(mirror, 3 * sheet.unit)
    sand = 0.80 * (0.45 * mirror + 0.55 * smear) * (
        0.62 + 0.7 * sheet.noise(40, 3, (6, 0.5))[..., None]
    ) + colour("060412")
    scene = np.where((y > shore)[..., None], sand, scene)
    scene = scene + _glow(sheet, _floor(sheet, shore)) * 0.85
    tubes = np.where((y > shore)[..., None], 0, tubes)
    scene = scene + 0.35 * blur(np.clip(scene - 0.75, 0, 2), 22 * sheet.unit)
    grain = sheet.grain(0.02)[..., None]
    return np.clip(1 - np.exp(-1.35 * np.clip(scene, 0, None)) + grain, 0, 1)


def _strokes(sheet: Sheet, lines: Sequence[Points], tone: str, thick: float) -> Picture:
    """Return bent tubes: their cores, in colour, before they glow."""
    pen, scale = drawing(sheet, 3), sheet.unit * 3
    for line in lines:
        pen.line(
            [(a * scale, b * scale) for a, b in line],
            fill=255,
            width=max(1, round(thick * scale)),
            joint="curve",
        )
    return drawn(pen, 3)[..., None] * colour(tone)


def _glow(sheet: Sheet, tubes: Picture) -> Picture:
    unit = sheet.unit
    white = np.clip(blur(tubes, 0.7 * unit).max(2, keepdims=True) * 1.2 - 0.25, 0, 1)
    return (
        1.1 * tubes
        + 0.8 * white
        + 1.1 * blur(tubes, 3.5 * unit)
        + 1.5 * blur(tubes, 11 * unit)
        + 1.3 * blur(tubes, 34 * unit)
    )


def _skyline(sheet: Sheet, night: Picture, tubes: Picture, shore: float) -> tuple[Picture, Picture]:
    rng, (wide, _) = sheet.rng, sheet.extent
    tones = ("ff3d9a", "3ae8ff", "ffb02e", "8a5bff", "45ff9c")
    x, y = sheet.grid()
    a = -10.0
    while a < wide:
        w = rng.uniform(34, 74)
        middle = abs((a + w / 2) / wide - 0.5)
        h = rng.uniform(50, 120) + 190 * np.clip(middle - 0.12, 0, 0.3)
        body = (x > a) & (x < a + w) & (y > shore - h) & (y < shore)
        night = np.where(body[..., None], colour("0b0724") + 0.02, night)
        tone = tones[int(rng.integers(len(tones)))]
        outline = [(a + 3, shore), (a + 3, shore - h + 3), (a + w - 3, shore - h + 3), (a + w - 3, shore)]
        if rng.random() < 0.45:
            outline = [outline[0], outline[1], (a + w / 2, shore - h - 0.5 * w), outline[2], outline[3]]
        tubes = tubes * np.where(body, 0, 1)[..., None] + _strokes(sheet, [outline], tone, 1.9)
        bars = [
            [(a + 10, b), (a + w - 10, b)]
            for b in np.arange(shore - h + 18, shore - 12, rng.choice((13.0, 18.0, 26.0)))
            if rng.random() < 0.7
        ]
        tubes = tubes + 0.8 * _strokes(sheet, bars, tones[int(rng.integers(len(tones)))], 1.5)
        a += w + rng.uniform(-2, 8)
    return night, tubes


def _palm(
    sheet: Sheet, night: Picture, tubes: Picture, root: tuple[float, float], tall: float, lean: float
) -> tuple[Picture, Picture]:
    rng = sheet.rng
    top = (root[0] + lean, root[1] - tall)
    trunk = curve(
        [
            root,
            (root[0] + 0.15 * lean, root[1] - 0.4 * tall),
            (root[0] + 0.6 * lean, root[1] - 0.8 * tall),
            top,
        ],
        12,
    )
    fronds, leaflets = [], []
    for heading in np.linspace(-np.pi - 0.5, 0.5, 9):
        long = 0.44 * tall * rng.uniform(0.85, 1.1)
        rib = curve(
            [
                top,
                (top[0] + 0.5 * long * np.cos(heading), top[1] + 0.42 * long * np.sin(heading) - 0.10 * long),
                (top[0] + long * np.cos(heading), top[1] + 0.6 * long * np.sin(heading) + 0.25 * long),
            ],
            10,
        )
        fronds.append(rib)
        for t, point in zip(np.linspace(0.2, 1, 14), rib[4::1][:14], strict=False):
            drop = 0.15 * tall * np.sin(np.pi * np.clip(t, 0.1, 0.95))
            leaflets.append([tuple(point), (point[0] + 0.3 * drop * np.cos(heading), point[1] + drop)])
    dark = _strokes(sheet, [trunk], "ffffff", 13)[..., 0]
    night = over(night, colour("05030f"), dark)
    tubes = tubes * (1 - dark[..., None])
    tubes = tubes + _strokes(sheet, [trunk + np.array((side, 0)) for side in (-4, 4)], "ff7a3a", 1.8)
    tubes = tubes + _strokes(sheet, fronds, "39ffb0", 2.6) + 0.7 * _strokes(sheet, leaflets, "1fe0c0", 1.4)
    return night, tubes


def _floor(sheet: Sheet, shore: float) -> Picture:
    """Return the lines of light on the ground that run to the vanishing point."""
    wide, high = sheet.extent
    lines = [
        [(0.5 * wide + 0.10 * a, shore + 2), (0.5 * wide + 2.4 * a, high + 6)]
        for a in np.arange(-1100, 1101, 110)
    ]
    levels = [[(0, shore + d), (wide, shore + d)] for d in (high - shore) * np.linspace(0.16, 1, 8) ** 2.1]
    _, y = sheet.grid()
    fade = np.clip((y - shore) / 40, 0, 1)[..., None]
    return (0.5 * _strokes(sheet, lines, "b23aff", 1.6) + 0.5 * _strokes(sheet, levels, "ff3da8", 1.6)) * fade
