"""Gold leaf: a gilded ground with enamel and spirals on it."""

from __future__ import annotations

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
    lit,
    over,
    palette,
    ramp,
    step,
)


def golden_orchard(sheet: Sheet) -> Picture:
    """Gold leaf: a tree of spirals over a meadow of enamel, on a gilded ground."""
    x, _ = sheet.grid()
    _, high = sheet.extent
    gold, relief = _leaf(sheet)
    picture = gold
    meadow = 0.80 * high + 22 * np.sin(x / 140) + 9 * np.sin(x / 47)
    picture, relief = _meadow(sheet, picture, relief, meadow)
    picture, relief = _rings(sheet, picture, relief, meadow)
    lines: list[tuple[NDArray[np.float64], float]] = []
    _branches(sheet, lines)
    pen, scale = drawing(sheet, 3), sheet.unit * 3
    for line, thick in lines:
        widths = thick * np.linspace(1, 0.35, len(line))
        for (a, b), (c, d), width in zip(line, line[1:], widths, strict=False):
            pen.line(
                [(a * scale, b * scale), (c * scale, d * scale)], fill=255, width=max(1, round(width * scale))
            )
            half = width * scale / 2
            pen.ellipse((a * scale - half, b * scale - half, a * scale + half, b * scale + half), fill=255)
    bark = drawn(pen, 3)
    shade = blur(np.roll(bark, (round(4 * sheet.unit),) * 2, (0, 1)), 4 * sheet.unit)
    picture = picture * (1 - 0.35 * (shade * (1 - bark))[..., None])
    flecks = ramp(palette("2a160c 4a2614 7a4420 c8902e"), sheet.noise(16, 3) ** 1.6)
    picture, relief = over(picture, flecks, bark), relief + 0.8 * blur(bark, 2 * sheet.unit)
    picture, relief = _fruit(sheet, picture, relief, lines)
    return lit(np.clip(picture, 0, 1), relief, 1.4, 0.5)


def _leaf(sheet: Sheet) -> tuple[Picture, Field]:
    """Return leaves of beaten gold laid edge over edge, with their creases and worn places."""
    x, y = sheet.grid()
    rng, side = sheet.rng, 96
    a, b = x + 5 * (sheet.noise(90, 2) - 0.5), y + 5 * (sheet.noise(90, 2) - 0.5)
    columns, rows = np.floor(a / side).astype(int) + 2, np.floor(b / side).astype(int) + 2
    tone = rng.uniform(0.25, 0.85, (40, 40))[rows, columns]
    crinkle = sheet.noise(22, 5)
    gold = ramp(
        palette("6a4312 a8741c d9a536 f0cb5e fbeaa0"), np.clip(0.62 * tone + 0.48 * crinkle - 0.06, 0, 1)
    )
    lap = np.minimum(np.abs(a / side - np.round(a / side)), np.abs(b / side - np.round(b / side))) * side
    gold = over(gold, colour("fff0b0"), 0.55 * step(-1.6, -lap, 1.6))
    worn = step(0.90, sheet.noise(30, 4), 0.06) * step(0.5, sheet.noise(160, 2), 0.3)
    gold = over(gold, colour("7a2a1c"), 0.8 * worn)
    return gold, (0.5 * crinkle + 0.25 * sheet.noise(6, 2)).astype(np.float32)


def _meadow(sheet: Sheet, picture: Picture, relief: Field, top: Field) -> tuple[Picture, Field]:
    """Lay the ground out in flowers, triangles and eyes of enamel."""
    x, y = sheet.grid()
    rng = sheet.rng
    here = step(0, y - top, 2)
    ground = ramp(palette("0f3a34 1f6a54 3f8a4a 1f4a6a"), sheet.noise(70, 3))
    side = 30
    row = np.floor((y - top) / side).astype(int)
    shift = x + (row % 2) * side / 2
    column = np.floor(shift / side).astype(int)
    u, v = shift / side - column - 0.5, (y - top) / side - row - 0.5
    kind = rng.integers(0, 4, (64, 64))[row % 64, column % 64]
    inks = palette("e8442e f2c230 f4ecd8 2f6ad0 d9508a 7a2f8a f08a2e 12243a")
    first = inks[rng.integers(0, 8, (64, 64))[row % 64, column % 64]]
    second = inks[rng.integers(0, 8, (64, 64))[(row + 9) % 64, column % 64]]
    far = np.hypot(u, v)
    petals = far < 0.26 + 0.14 * np.cos(6 * np.arctan2(v, u))
    shapes = np.select(
        [kind == 0, kind == 1, kind == 2],
        [petals, (v > -0.4) & (v < 0.4) & (np.abs(u) < 0.4 * (v + 0.4) / 0.8), far < 0.36],
        far < 0.20,
    )
    hearts = np.select(
        [kind == 0, kind == 1, kind == 2],
        [far < 0.12, (np.abs(u) < 0.15 * (v + 0.4)) & (v < 0.3) & (v > -0.2), far < 0.17],
        far < 0,
    )
    enamel = np.where(shapes[..., None], first, ground)
    enamel = np.where(hearts[..., None], second, enamel)
    enamel = over(enamel, colour("f0c850"), 0.9 * (np.abs(far - 0.43) < 0.03) * (kind == 2))
    picture = over(picture, enamel * (0.85 + 0.3 * sheet.noise(12, 2)[..., None]), here)
    edge = step(-4, -np.abs(y - top), 2)
    return over(picture, colour("3a1c10"), edge), relief * (1 - here) + here * 0.6 * blur(
        shapes.astype(np.float32), 1.2 * sheet.unit
    )


def _rings(sheet: Sheet, picture: Picture, relief: Field, meadow: Field) -> tuple[Picture, Field]:
    """Set tall robes of checks and rings on either side, as the figures of the piece."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    for middle, half, top, inks in (
        (0.085, 58, 0.36, "12182a f4ecd8 c8302a"),
        (0.925, 66, 0.44, "1f2f6a f2c230 f4ecd8"),
    ):
        tones = palette(inks)
        reach = half * np.clip(0.55 + 0.45 * (y - top * high) / (0.4 * high), 0.4, 1)
        inside = (
            (np.abs(x - middle * wide) < reach)
            & (y > top * high + 24 * (np.abs(x - middle * wide) / half) ** 2)
            & (y < meadow + 6)
        )
        u, v = np.floor((x - middle * wide) / 19).astype(int), np.floor(y / 24).astype(int)
        pick = sheet.rng.integers(0, 5, (80, 80))[v % 80, u % 80]
        p, q = (x - middle * wide) / 19 - u - 0.5, y / 24 - v - 0.5
        robe = tones[
            np.where(
                pick == 0,
                0,
                np.where(
                    pick == 1,
                    1,
                    np.where(
                        pick == 2,
                        np.hypot(p, q) < 0.34,
                        np.where(pick == 3, (np.hypot(p, q) * 5).astype(int) % 2, 2 * (np.abs(p) < 0.22)),
                    ),
                ),
            )
        ]
        picture = over(picture, robe * (0.9 + 0.2 * sheet.noise(10, 2)[..., None]), inside.astype(np.float32))
        rim = blur(inside.astype(np.float32), 2 * sheet.unit)
        picture = over(picture, colour("f7dc7a"), step(0.3, rim * (1 - rim) * 4, 0.4) * ~inside)
        relief = relief + 0.4 * rim
    return picture, relief


def _branches(sheet: Sheet, lines: list[tuple[NDArray[np.float64], float]]) -> None:
    """Grow a trunk, and limbs that roll up in spirals."""
    wide, high = sheet.extent
    rng = sheet.rng
    root = np.array([0.5 * wide, 0.86 * high])
    crown = np.array([0.5 * wide, 0.50 * high])
    for sway in (-26, -9, 9, 26):
        foot = root + np.array((2.6 * sway, 12))
        lines.append(
            (
                curve(
                    [
                        tuple(foot),
                        (root[0] + 0.7 * sway, 0.74 * high),
                        (crown[0] + 0.6 * sway, 0.60 * high),
                        (crown[0] + 0.8 * sway, 0.47 * high),
                    ],
                    14,
                ),
                26,
            )
        )
    starts = [
        (-1, 0.53, 0.31, 0.30, 92),
        (1, 0.52, 0.69, 0.31, 90),
        (-1, 0.50, 0.40, 0.16, 70),
        (1, 0.49, 0.61, 0.15, 72),
        (-1, 0.56, 0.22, 0.52, 70),
        (1, 0.57, 0.79, 0.54, 66),
        (-1, 0.48, 0.17, 0.17, 76),
        (1, 0.48, 0.84, 0.18, 74),
        (1, 0.47, 0.50, 0.30, 52),
    ]
    for sense, from_y, a, b, big in starts:
        eye = np.array([a * wide, b * high])
        _spiral(lines, np.array([crown[0] + 10 * sense, from_y * high]), eye, big, sense, 11)
        for _ in range(3):
            turn = rng.uniform(0, 2 * np.pi)
            off = eye + (big + 26) * np.array([np.cos(turn), np.sin(turn)])
            if 30 < off[0] < wide - 30 and 24 < off[1] < 0.7 * high:
                _spiral(
                    lines,
                    eye + 0.9 * big * np.array([np.cos(turn + 0.9), np.sin(turn + 0.9)]),
                    off,
                    rng.uniform(20, 32),
                    -sense,
                    5,
                )


def _spiral(
    lines: list[tuple[NDArray[np.float64], float]],
    start: NDArray[np.float64],
    eye: NDArray[np.float64],
    big: float,
    sense: int,
    thick: float,
) -> None:
    begin = np.arctan2(*(start - eye)[::-1])
    turn = begin + sense * np.linspace(0.5, 4.6 * np.pi, 110)
    reach = big * np.linspace(1, 0.05, 110) ** 0.9
    coil = eye + np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)
    arm = curve(
        [
            tuple(start),
            tuple(0.5 * (start + coil[0]) + 0.12 * (coil[0] - start)[::-1] * (1, -1)),
            tuple(coil[0]),
        ],
        16,
    )
    lines.append((np.concatenate([arm, coil]), thick))


def _fruit(
    sheet: Sheet, picture: Picture, relief: Field, lines: list[tuple[NDArray[np.float64], float]]
) -> tuple[Picture, Field]:
    """Hang eyes and drops of enamel on the limbs."""
    x, y = sheet.grid()
    rng = sheet.rng
    inks = palette("c8302a 1f4a8a f4ecd8 1f6a54 d9742e")
    for line, thick in lines[4:]:
        for index in rng.integers(10, len(line) - 12, 4 if thick > 8 else 1):
            a, b = line[index] + rng.normal(0, 9, 2)
            size = rng.uniform(8, 15)
            reach = int((size + 4) * sheet.unit)
            row, column = int(b * sheet.unit), int(a * sheet.unit)
            window = slice(max(0, row - reach), row + reach), slice(max(0, column - reach), column + reach)
            far = np.hypot(x[window] - a, (y[window] - b) * rng.choice((1.0, 1.5)))
            ink = inks[rng.integers(5)]
            for share, tone in (
                (1.0, colour("2a160c")),
                (0.86, ink),
                (0.56, colour("f7dc7a")),
                (0.30, colour("12182a")),
            ):
                picture[window] = over(picture[window], tone, step(-size * share, -far, 1.2))
            relief[window] += 0.5 * np.sqrt(np.clip(1 - (far / size) ** 2, 0, 1))
    return picture, relief
