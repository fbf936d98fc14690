"""Cut paper: shapes out of painted paper, laid over each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.atelier.canvas import (
    Field,
    Picture,
    Point,
    Points,
    Sheet,
    blur,
    colour,
    curve,
    framed,
    over,
    shape,
)


def cut_garden(sheet: Sheet) -> Picture:
    """Cut paper: leaves, fruit and seaweed laid over patches of painted paper."""
    wide, high = sheet.extent
    rng = sheet.rng
    inks = (
        "1f4e9e",
        "e8442e",
        "f6b32a",
        "178a6b",
        "f3e9d6",
        "e86f9a",
        "20242c",
        "7a3f98",
        "8cc5d6",
        "f08a3c",
    )
    papers = _gouache(sheet)
    picture = colour("f4ead5") * papers[0][..., None]
    columns, lines = 4, 3
    for row in range(lines):
        for column in range(columns):
            a, b = column * wide / columns, row * high / lines
            w, h = wide / columns, high / lines
            corners = [(a, b), (a + w, b), (a + w, b + h), (a, b + h)]
            corners = [(p + rng.normal(0, 7), q + rng.normal(0, 7)) for p, q in corners]
            tone = inks[(column * 3 + row * 5 + (row == 1)) % len(inks)]
            _lay(sheet, picture, papers, corners, tone, 0.35)
    for row in range(lines):
        for column in range(columns):
            a, b = (column + 0.5) * wide / columns, (row + 0.5) * high / lines
            ground = (column * 3 + row * 5 + (row == 1)) % len(inks)
            tone = inks[(ground + (4, 1, 7, 2)[(row + column) % 4]) % len(inks)]
            big = min(wide / columns, high / lines) * rng.uniform(0.44, 0.56)
            cut = (_frond, _leaf, _star, _pomegranate)[(column + 2 * row + (row == 2)) % 4]
            turn = rng.uniform(-0.5, 0.5)
            for outline, other in cut(rng, big):
                points = outline @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (
                    a,
                    b,
                )
                _lay(sheet, picture, papers, points, inks[(ground + 5) % len(inks)] if other else tone)
    for _ in range(26):
        a, b = rng.uniform((0, 0), (wide, high))
        angle = np.sort(rng.uniform(0, 2 * np.pi, 6))
        big = rng.uniform(5, 13)
        scrap = curve(np.stack([a + big * np.cos(angle), b + big * np.sin(angle)], 1), 6, True)
        _lay(sheet, picture, papers, scrap, inks[rng.integers(len(inks))], 0.6)
    return np.clip(picture, 0, 1)


def _gouache(sheet: Sheet) -> tuple[Field, Field]:
    """Return how light painted paper is, with the brush drawn across and drawn down."""
    cloud = 0.05 * (sheet.noise(90, 2) - 0.5) + sheet.grain(0.012)
    across, down = (0.91 + 0.14 * sheet.noise(34, 3, way) + cloud for way in ((7, 0.5), (0.5, 7)))
    return across, down


def _lay(
    sheet: Sheet, picture: Picture, papers: tuple[Field, Field], outline: Points, tone: str, lift: float = 1.0
) -> None:
    """Lay a cut piece of painted paper on the picture, with its shadow and its pale edge."""
    unit = sheet.unit
    window, part, inside = framed(sheet, outline, margin=24)
    if part is None:
        return
    cover = shape(part, inside, 3)
    offset = round(5 * lift * unit), round(4 * lift * unit)
    shadow = blur(np.roll(cover, offset, (0, 1)), 3.5 * unit)
    below = picture[window] * (1 - 0.42 * (shadow * (1 - cover))[..., None])
    edge = np.clip(cover - np.roll(cover, (1, 1), (0, 1)), 0, 1)
    light = papers[int(sheet.rng.integers(2))][window] * sheet.rng.uniform(0.95, 1.04)
    piece = np.clip(colour(tone) * light[..., None] + 0.25 * edge[..., None], 0, 1)
    picture[window] = over(below, piece, cover)


def _frond(rng: np.random.Generator, big: float) -> list[tuple[NDArray[np.float64], bool]]:
    """Cut a seaweed of rounded lobes on both sides of a bent stem."""
    lobes = 5
    left: list[Point] = []
    right: list[Point] = []
    for index in range(lobes):
        t = -1 + 2 * (index + 0.5) / lobes
        bend, reach = 0.18 * np.sin(2.5 * t), (0.62 - 0.22 * abs(t)) * rng.uniform(0.85, 1.1)
        for points, sense in ((left, -1), (right, 1)):
            points += [
                (bend + sense * 0.09, t - 0.13),
                (bend + sense * reach * 0.8, t - 0.30),
                (bend + sense * reach, t - 0.17),
                (bend + sense * reach * 0.6, t + 0.0),
                (bend + sense * 0.09, t + 0.10),
            ]
    outline = [(0.02, -1.08), *right, (0.05, 1.05), (-0.05, 1.05), *left[::-1]]
    return [(curve([(a * big, b * big) for a, b in outline], 8, True), False)]


def _leaf(_rng: np.random.Generator, big: float) -> list[tuple[NDArray[np.float64], bool]]:
    """Cut a leaf with a toothed rim, and its veins from another paper."""
    t = np.linspace(0, 1, 60)
    half = 0.52 * np.sin(np.pi * t**0.85) * (1 + 0.16 * np.sign(np.sin(t * 44)))
    outline = np.concatenate([np.stack([half, 2 * t - 1], 1), np.stack([-half, 2 * t - 1], 1)[::-1]]) * big
    pieces = [(outline, False)]
    for place in np.linspace(-0.55, 0.6, 6):
        for sense in (-1, 1):
            reach = 0.33 * np.sin(np.pi * (place + 1) / 2)
            vein = [
                (0.03 * sense, place),
                (sense * reach, place - 0.19),
                (sense * reach * 1.02, place - 0.15),
                (0.03 * sense, place + 0.06),
            ]
            pieces.append((np.array(vein) * big, True))
    return pieces


def _star(rng: np.random.Generator, big: float) -> list[tuple[NDArray[np.float64], bool]]:
    """Cut a flower of eight petals with a middle."""
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    reach = 0.55 + 0.42 * np.abs(np.cos(4 * angle)) ** 0.6 + rng.normal(0, 0.006, len(angle))
    outline = np.stack([reach * np.cos(angle), reach * np.sin(angle)], 1) * big
    heart = np.stack([0.26 * np.cos(angle), 0.24 * np.sin(angle)], 1) * big
    return [(outline, False), (heart, True)]


def _pomegranate(rng: np.random.Generator, big: float) -> list[tuple[NDArray[np.float64], bool]]:
    """Cut a fruit, opened, with its seeds."""
    fruit = curve(
        [
            (0, -0.62),
            (0.10, -1.0),
            (0.24, -0.72),
            (0.66, -0.38),
            (0.74, 0.2),
            (0.4, 0.72),
            (0, 0.84),
            (-0.4, 0.72),
            (-0.74, 0.2),
            (-0.66, -0.38),
            (-0.24, -0.72),
            (-0.12, -1.0),
        ],
        10,
        True,
    )
    seeds = [(fruit * big, False)]
    for a, b in (
        (-0.3, -0.15),
        (0.05, -0.28),
        (0.36, -0.1),
        (-0.42, 0.2),
        (-0.08, 0.08),
        (0.25, 0.25),
        (-0.2, 0.42),
        (0.1, 0.52),
        (0.48, 0.16),
    ):
        angle = np.linspace(0, 2 * np.pi, 24)
        seed = np.stack([a + 0.08 * np.cos(angle), b + 0.13 * np.sin(angle)], 1) + rng.normal(0, 0.015, 2)
        seeds.append((seed * big, True))
    return seeds
