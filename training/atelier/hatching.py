"""Pen and ink: all light and shade is made of short lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

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
    paper,
    shape,
    step,
)

Face = Callable[[list[tuple[float, float]], float, float], None]
"""Draws an outline of one tone, with the direction of its strokes."""


def old_harbour(sheet: Sheet) -> Picture:
    """Pen and ink: a harbour town, all of its light made of hatching."""
    tone, angle, edges = _town(sheet)
    rng, unit, times = sheet.rng, sheet.unit, 3
    pen = drawing(sheet, times)
    tone = blur(tone, 1.2 * unit) * 0.90
    layers = (
        (0.84, 0.0, 4.6, 1.25),
        (0.66, 0.9, 4.2, 1.3),
        (0.50, -0.75, 3.8, 1.4),
        (0.36, 0.35, 3.4, 1.5),
        (0.2, 1.5, 3.0, 1.7),
    )
    wide, high = sheet.extent
    for limit, turn, spacing, weight in layers:
        for _ in range(int(wide * high / (spacing * 26) * 1.5)):
            point = rng.uniform((0, 0), (wide, high))
            _hatch(sheet, pen, tone, angle + np.float32(turn), point, limit, weight, times)
    ink = np.maximum(drawn(pen, times), edges)
    ink = np.clip(ink * (0.86 + 0.25 * sheet.noise(8, 2)), 0, 1)
    stain = sheet.noise(300, 4)
    picture: Picture = paper(sheet, "f0e4c8", 0.05) * (1 - 0.10 * stain[..., None] * colour("4f7fb0"))
    wash = blur(np.clip(0.8 - tone, 0, 1), 5 * unit) * 0.34
    picture = over(picture, colour("b98a54"), wash)
    return over(picture, colour("241a18"), 0.94 * ink)


def _hatch(
    sheet: Sheet,
    pen: ImageDraw.ImageDraw,
    tone: Field,
    angle: Field,
    start: NDArray[np.float64],
    limit: float,
    weight: float,
    times: int,
) -> None:
    rng, unit = sheet.rng, sheet.unit
    points, long = [start], rng.uniform(20, 44)
    turn = None
    for _ in range(6):
        column, row = int(points[-1][0] * unit), int(points[-1][1] * unit)
        if not (0 <= column < sheet.width and 0 <= row < sheet.height) or tone[row, column] > limit:
            break
        turn = angle[row, column] + rng.normal(0, 0.05) if turn is None else turn + rng.normal(0, 0.02)
        points.append(points[-1] + long / 6 * np.array([np.cos(turn), np.sin(turn)]))
    if len(points) < 3:
        return
    column, row = int(start[0] * unit), int(start[1] * unit)
    dark = np.clip((limit - tone[row, column]) * 2.2, 0, 1)
    thick = weight * (0.75 + 0.75 * dark) * unit * times
    pen.line(
        [tuple(p * unit * times) for p in points],
        fill=int(235 - 40 * rng.random()),
        width=max(1, round(thick)),
    )


def _town(sheet: Sheet) -> tuple[Field, Field, Field]:
    """Return the light, the direction of strokes, and the outlines of a harbour town."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    rng, shore = sheet.rng, 0.64 * high
    clouds = sheet.noise(240, 4, (2, 1))
    light = (0.97 - 0.42 * step(0.62, clouds, 0.3) * np.clip(1.2 - y / shore, 0, 1)).astype(np.float32)
    angle = (0.25 * np.sin(x / 130) + 0.15).astype(np.float32)
    pen = drawing(sheet, 3)
    hills = 0.44 * high - 70 * sheet.noise(420, 3)[sheet.height // 2][None]
    light = np.where((y > hills) & (y < shore), 0.70 - 0.1 * clouds, light)
    angle = np.where((y > hills) & (y < shore), 0.6, angle)

    def face(points: list[tuple[float, float]], tone: float, turn: float) -> None:
        nonlocal light, angle
        cover = shape(sheet, points) > 0.5
        light, angle = np.where(cover, tone, light), np.where(cover, turn, angle)
        scale = sheet.unit * 3
        wobble = [
            (a * scale + rng.normal(0, 1.2), b * scale + rng.normal(0, 1.2)) for a, b in [*points, points[0]]
        ]
        pen.polygon(wobble, fill=0)
        pen.line(wobble, fill=235, width=max(1, round(1.9 * scale)))

    _streets(face, rng, wide, shore)
    face([(-5, shore), (wide + 5, shore), (wide + 5, shore + 20), (-5, shore + 20)], 0.34, 0.02)
    water = y > shore + 20
    ripple = 0.5 + 0.5 * np.sin((y - shore) / (2.2 + 0.030 * (y - shore)) + 2.2 * sheet.noise(90, 3, (3, 1)))
    row = np.clip(((2 * (shore + 10) - y) * sheet.unit).astype(int), 0, sheet.height - 1)
    mirror = np.take_along_axis(blur(light, 7 * sheet.unit), row, 0)
    light = np.where(water, np.clip(0.30 + 0.55 * mirror + 0.5 * (ripple - 0.5), 0.12, 1), light)
    angle = np.where(water, 0.03, angle)
    for a, b, big, sense in ((0.24, 0.83, 1.25, 1), (0.70, 0.92, 1.75, -1), (0.54, 0.74, 0.75, 1)):
        _boat(face, pen, sheet, (a * wide, b * high), 100 * big, sense)
    _gulls(pen, sheet)
    return light.astype(np.float32), angle.astype(np.float32), drawn(pen, 3)


def _streets(face: Face, rng: np.random.Generator, wide: float, shore: float) -> None:
    """Build three rows of houses, the far ones first, with a tower here and there."""
    for depth in range(3):
        base = shore - 64 + 32 * depth
        a = -30.0 + rng.uniform(0, 30)
        while a < wide + 30:
            w, h = rng.uniform(48, 84), rng.uniform(90, 190) - 26 * depth
            side, roof = 0.34 * w, rng.uniform(26, 52)
            if depth == 0 and rng.random() < 0.22:
                _tower(face, a, base, w, h)
            else:
                _house(face, a, base, w, h, side, roof, rng)
            a += w + side * rng.uniform(0.3, 1.0)


def _gulls(pen: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    """Let gulls fly over the town."""
    rng, (wide, high) = sheet.rng, sheet.extent
    for _ in range(9):
        a, b = rng.uniform((0.3 * wide, 0.06 * high), (0.8 * wide, 0.2 * high))
        size, scale = rng.uniform(5, 10), sheet.unit * 3
        wing = curve(
            [
                (a - size, b - 0.4 * size),
                (a - 0.4 * size, b - 0.5 * size),
                (a, b),
                (a + 0.5 * size, b - 0.6 * size),
                (a + size, b - 0.3 * size),
            ],
            6,
        )
        pen.line([tuple(p) for p in wing * scale], fill=230, width=max(1, round(1.8 * scale)))


def _house(
    face: Face, a: float, base: float, w: float, h: float, side: float, roof: float, rng: np.random.Generator
) -> None:
    top = base - h
    face([(a, top), (a + w, top), (a + w, base), (a, base)], rng.uniform(0.84, 1.0), 1.45)
    face(
        [(a + w, top), (a + w + side, top - 10), (a + w + side, base), (a + w, base)],
        rng.uniform(0.30, 0.46),
        1.5,
    )
    if rng.random() < 0.7:
        face(
            [(a - 4, top + 3), (a + 0.5 * w, top - roof), (a + w + 3, top + 3)], rng.uniform(0.62, 0.84), 1.0
        )
        face(
            [
                (a + 0.5 * w, top - roof),
                (a + 0.5 * w + side, top - roof - 9),
                (a + w + side + 3, top - 8),
                (a + w + 3, top + 3),
            ],
            rng.uniform(0.22, 0.4),
            0.9,
        )
    else:
        face([(a - 3, top), (a + w + 3, top), (a + w + side + 3, top - 10), (a + side, top - 10)], 0.5, 0.1)
    for row in range(int(h // 34)):
        for column in range(int(w // 22)):
            p, q = a + 7 + column * 22 + rng.normal(0, 0.6), top + 13 + row * 34
            face([(p, q), (p + 9, q), (p + 9, q + 15), (p, q + 15)], rng.uniform(0.08, 0.3), 0.5)


def _tower(face: Face, a: float, base: float, w: float, h: float) -> None:
    w, top = 0.62 * w, base - 1.5 * h
    face([(a, top), (a + w, top), (a + w, base), (a, base)], 0.92, 1.5)
    face([(a + w, top), (a + 1.4 * w, top - 5), (a + 1.4 * w, base), (a + w, base)], 0.34, 1.5)
    face([(a - 3, top), (a + 0.6 * w, top - 2.3 * w), (a + w, top)], 0.66, 1.2)
    face([(a + w, top), (a + 0.6 * w, top - 2.3 * w), (a + 1.45 * w, top - 5)], 0.2, 1.3)
    for row in range(3):
        face(
            [
                (a + 0.32 * w, top + 16 + 40 * row),
                (a + 0.68 * w, top + 16 + 40 * row),
                (a + 0.68 * w, top + 38 + 40 * row),
                (a + 0.32 * w, top + 38 + 40 * row),
            ],
            0.12,
            0.4,
        )


def _boat(
    face: Face, pen: ImageDraw.ImageDraw, sheet: Sheet, at: tuple[float, float], big: float, sense: int
) -> None:
    a, b = at

    def to(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(a + sense * p * big, b + q * big) for p, q in points]

    face(to([(-0.85, -0.02), (0.95, -0.10), (0.66, 0.22), (-0.66, 0.22)]), 0.26, 0.05)
    face(to([(-0.80, -0.02), (0.90, -0.09), (0.86, -0.03), (-0.78, 0.05)]), 0.9, 0.0)
    face(to([(0.05, -1.45), (0.78, -0.20), (0.07, -0.16)]), 0.95, 1.2)
    face(to([(0.02, -1.55), (-0.60, -0.14), (0.01, -0.14)]), 0.72, 1.7)
    scale = sheet.unit * 3
    pen.line(
        [(p * scale, q * scale) for p, q in to([(0.03, -1.62), (0.03, -0.05)])],
        fill=245,
        width=max(1, round(2.6 * scale)),
    )
