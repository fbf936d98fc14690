"""Linocut: what is carved away stays paper, and every groove shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

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


def night_garden(sheet: Sheet) -> Picture:
    """Linocut in three colours: sunflowers, a moon and two birds, every gouge left to be seen."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    cut: Field = np.zeros_like(x)  # 1 where the block is carved away, and the paper stays bare
    tint: Picture = np.zeros((sheet.height, sheet.width, 3), np.float32) + colour("f2e8d2")
    moon = np.hypot(x - 0.73 * wide, y - 0.17 * high)
    tint = over(tint, colour("e9b23c"), step(-92, -moon, 3))
    seas = step(0.72, sheet.noise(46, 3), 0.05) * (np.sin((x + y) / 2.6) > -0.2)
    cut = np.maximum(cut, step(-88, -moon, 2) * (1 - seas))
    cut = np.maximum(
        cut,
        _gouges(
            sheet,
            1500,
            lambda p: np.arctan2(p[1] - 0.17 * high, p[0] - 0.73 * wide) + np.pi / 2,
            lambda p: np.hypot(p[0] - 0.73 * wide, p[1] - 0.17 * high) > 104 and p[1] < 0.80 * high,
            (16, 44),
            3.2,
        ),
    )
    hill = 0.80 * high + 26 * np.sin(x / 120 + 1)
    land = step(0, y - hill, 2)
    cut *= 1 - land
    cut = np.maximum(
        cut,
        land
        * _gouges(
            sheet,
            800,
            lambda p: 0.25 * np.cos(p[0] / 120 + 1) + 0.1,
            lambda p: p[1] > 0.78 * high,
            (24, 70),
            4.2,
        ),
    )
    tint = over(tint, colour("b9c27a"), land)
    for a, b, big, lean in (
        (0.29, 0.33, 128, -14),
        (0.66, 0.47, 112, 22),
        (0.15, 0.62, 74, -10),
        (0.86, 0.69, 66, 6),
    ):
        cut, tint = _sunflower(sheet, cut, tint, (a * wide, b * high), big, lean)
    for a, b, big, sense in ((0.44, 0.11, 46, 1), (0.57, 0.22, 30, -1)):
        cut, tint = _bird(sheet, cut, tint, (a * wide, b * high), big, sense)
    frame = np.minimum.reduce([x, y, wide - x, high - y]) + 3 * (sheet.noise(40, 3) - 0.5)
    chatter = step(0.80, sheet.noise(5, 2, (3, 1)), 0.06) * 0.75 * blur(cut, 16 * sheet.unit)
    cut = np.clip(cut - chatter * 0, 0, 1)
    inked = (1 - cut) * step(20, frame, 2)
    roller = 0.90 + 0.10 * (sheet.noise(3, 2) > 0.16) - 0.10 * sheet.noise(150, 3)
    base = paper(sheet, "f3ead8", 0.05)
    shifted = np.roll(tint, (round(2 * sheet.unit), round(-2 * sheet.unit)), (0, 1))
    inside = step(24, frame, 2)[..., None]
    picture: Picture = base * (1 - inside) + inside * (base * shifted / colour("f2e8d2"))
    ridges = 0.12 * step(0.80, sheet.noise(9, 2, (4, 0.6)), 0.1) * cut * inside[..., 0]
    picture = over(picture, colour("17233a"), np.clip(inked * roller + ridges, 0, 1) * 0.97)
    return np.clip(picture, 0, 1)


def _gouges(
    sheet: Sheet,
    count: int,
    heading: Callable[[NDArray[np.float64]], float],
    wanted: Callable[[NDArray[np.float64]], bool],
    lengths: tuple[float, float],
    thick: float,
) -> Field:
    """Cut many short grooves, each pointed at both ends, along a field of directions."""
    rng, (wide, high), times = sheet.rng, sheet.extent, 2
    pen = drawing(sheet, times)
    for _ in range(count):
        start = rng.uniform((0, 0), (wide, high))
        if not wanted(start):
            continue
        long, points = rng.uniform(*lengths), [start]
        for _ in range(5):
            turn = heading(points[-1]) + rng.normal(0, 0.04)
            points.append(points[-1] + long / 5 * np.array([np.cos(turn), np.sin(turn)]))
        path = np.array(points)
        across = np.gradient(path, axis=0)[:, ::-1] * (-1, 1)
        across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
        half = across * (np.array([0, 0.55, 0.95, 1, 0.7, 0]) * 0.5 * thick * rng.uniform(0.6, 1.3))[:, None]
        outline = np.concatenate([path + half, (path - half)[::-1]]) * sheet.unit * times
        pen.polygon([tuple(point) for point in outline], fill=255)
    return drawn(pen, times)


def _sunflower(
    sheet: Sheet, cut: Field, tint: Picture, centre: tuple[float, float], big: float, lean: float
) -> tuple[Field, Picture]:
    x, y = sheet.grid()
    _, high = sheet.extent
    rng = sheet.rng
    stalk = np.abs(x - centre[0] - lean * np.sin((y - centre[1]) / 130))
    stem = (y > centre[1]) & (y < high * 0.90)
    cut = np.where(
        stem & (stalk < 15), np.where(stalk < 8, (stalk > 2.2) & (np.sin(y / 5) > -0.5), 0), cut
    ).astype(np.float32)
    tint = over(tint, colour("7f9a4a"), step(-10, -stalk, 2) * stem)
    for sense, place in ((-1, 0.95), (1, 1.35), (-1, 1.9)):
        b = centre[1] + place * big
        if b > 0.84 * high:
            continue
        a = centre[0] + lean * np.sin((b - centre[1]) / 130)
        t = sense * (x - a) / (1.05 * big)
        droop = y - b + 0.42 * big * np.sin(np.pi * np.clip(t, 0, 1)) - 0.25 * big * t
        half = 0.30 * big * np.sin(np.pi * np.clip(t, 0, 1) ** 0.75)
        leaf = (t > 0) & (t < 1)
        rim = leaf & (np.abs(droop) < half + 6)
        vein = (np.abs(droop) < 2.2) | (np.abs(((t * big - 0.9 * np.abs(droop)) / 13) % 1 - 0.5) < 0.13)
        cut = np.where(rim, 0, cut)
        cut = np.where(leaf & (np.abs(droop) < half) & ~vein, 1, cut).astype(np.float32)
        tint = over(tint, colour("7f9a4a"), (leaf & (np.abs(droop) < half)).astype(np.float32))
    far, around = np.hypot(x - centre[0], y - centre[1]), np.arctan2(y - centre[1], x - centre[0])
    for layer, (petals, reach) in enumerate(((17, 1.0), (17, 0.84))):
        turn = (around / (2 * np.pi) * petals + 0.5 * layer) % 1 - 0.5
        number = np.floor(around / (2 * np.pi) * petals + 0.5 * layer).astype(int) % petals
        long = big * reach * rng.uniform(0.88, 1.08, petals)[number]
        t = (far - 0.36 * big) / (long - 0.36 * big)
        half = 0.47 * np.sqrt(np.clip(1 - np.clip(t, 0, 1) ** 2.2, 0, 1)) * np.clip(0.55 + t, 0, 1)
        inside = (t > -0.05) & (t < 1) & (np.abs(turn) < half)
        rim = inside & ((np.abs(turn) > half - 2.6 / (far + 1) * petals / 6.3) | (t > 0.965))
        groove = (np.abs(np.abs(turn) - 0.13) < 0.028 * (1 - t)) & (t < 0.75)
        shade = (t < 0.38) & (np.abs(((turn * 46) % 1) - 0.5) < 0.30 * (1 - t / 0.38))
        cut = np.where(inside, ~(rim | groove | shade), cut).astype(np.float32)
        tint = over(tint, colour("e9a62c"), inside.astype(np.float32))
    golden = np.pi * (3 - np.sqrt(5))
    disc = far < 0.40 * big
    cut = np.where(disc, 0, cut)
    tint = over(tint, colour("c8602a"), disc.astype(np.float32))
    pen = drawing(sheet)
    for index in range(150):
        reach = 0.385 * big * np.sqrt(index / 150)
        a, b = centre[0] + reach * np.cos(index * golden), centre[1] + reach * np.sin(index * golden)
        half = (0.010 + 0.013 * index / 150) * big * sheet.unit * 2
        a, b = a * sheet.unit * 2, b * sheet.unit * 2
        pen.ellipse((a - half, b - half, a + half, b + half), fill=255)
    return np.maximum(cut, drawn(pen)), tint


def _bird(
    sheet: Sheet, cut: Field, tint: Picture, centre: tuple[float, float], big: float, sense: int
) -> tuple[Field, Picture]:
    outlines = (
        [
            (-1.5, 0.25),
            (-0.6, -0.05),
            (0.2, -0.28),
            (0.8, -0.3),
            (1.25, -0.1),
            (0.8, 0.1),
            (0.2, 0.3),
            (-0.6, 0.22),
        ],
        [(0.3, -0.2), (0.1, -0.8), (-0.5, -1.45), (-1.2, -1.7), (-0.7, -1.0), (-0.4, -0.2)],
        [(0.5, -0.1), (0.7, -0.7), (0.55, -1.3), (0.2, -1.6), (0.2, -0.9), (0.0, -0.2)],
    )
    x, y = sheet.grid()
    for outline in outlines:
        points = curve([(centre[0] + sense * a * big, centre[1] + b * big) for a, b in outline], 8, True)
        middle = points.mean(0)
        cut = np.minimum(cut, 1 - shape(sheet, middle + (points - middle) * 1.25))
        feather = np.abs(((points[:, 0].mean() - x) * 0.6 * sense + y) / (0.16 * big) % 1 - 0.5) < 0.14
        cut = np.maximum(
            cut, shape(sheet, points) * (1 - feather * (shape(sheet, middle + (points - middle) * 0.8)))
        )
    return cut.astype(np.float32), tint
