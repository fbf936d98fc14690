"""Mosaic: small stones laid in rows along the outlines of what they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.atelier.canvas import (
    Field,
    Picture,
    Point,
    Sheet,
    blur,
    colour,
    drawing,
    drawn,
    lit,
    palette,
    ramp,
)


def koi_floor(sheet: Sheet) -> Picture:
    """Mosaic: two carp circling in a pond, in tesserae that follow their outlines."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    middle = 0.5 * wide, 0.5 * high
    far, around = np.hypot(x - middle[0], y - middle[1]), np.arctan2(y - middle[1], x - middle[0])
    ripple = np.sin(far / 13 + 1.5 * np.sin(3 * around))
    motif = ramp(
        palette("0d3b55 16607a 2a8f9a 63bfb4"), 0.5 + 0.35 * ripple + 0.3 * (sheet.noise(150, 2) - 0.5)
    )
    rows = far + 6 * np.sin(3 * around)
    for number in range(7):
        turn = number * 2 * np.pi / 7 + sheet.rng.normal(0, 0.2)
        a, b = middle[0] + 272 * np.cos(turn), middle[1] + 272 * np.sin(turn)
        pad = np.hypot(x - a, y - b) * (
            1 + 0.9 * np.exp(-(((np.arctan2(y - b, x - a) - turn * 0 - 1) / 0.25) ** 2))
        )
        here = pad < 38
        motif = np.where(here[..., None], ramp(palette("2f6a3a 5f9a4a a9c46a"), pad / 46), motif)
        rows = np.where(here, pad, rows)
    for turn in (0.25, np.pi + 0.25):
        motif, rows = _carp(motif, rows, x, y, middle, turn)
    motif, rows = _border(motif, rows, x, y, far, around, middle)
    return _tesserae(sheet, motif, rows)


def _carp(
    motif: Picture, rows: Field, x: Field, y: Field, middle: tuple[float, float], turn: float
) -> tuple[Picture, Field]:
    """Lay a fish along an arc around the middle, its head at the angle `turn`."""
    far = np.hypot(x - middle[0], y - middle[1]) - 158
    around = (np.arctan2(y - middle[1], x - middle[0]) - turn + 3 * np.pi) % (2 * np.pi) - np.pi
    along = -around / 2.05  # 0 at the head, 1 at the end of the tail
    side = far - 12 * np.sin(along * 7)
    body = 66 * np.sqrt(np.clip(along, 0, 1)) * np.clip(1.04 - along * 1.12, 0, 1) ** 0.75 * 1.75
    tail = np.clip((along - 0.76) * 330, 0, 76) * (along < 1.08 - 0.10 * np.cos(side / 18))
    half = np.maximum(np.where(along < 0.92, body, 0), tail)
    fins = 46 * np.exp(-(((along - 0.34) / 0.065) ** 2)) + 22 * np.exp(-(((along - 0.62) / 0.05) ** 2))
    in_fin = (np.abs(side) < half + fins) & (along > 0.2) & (along < 0.75)
    in_body = (np.abs(side) < half) & (along > 0)
    patches = np.sin(along * 15 + 1.2 * np.sin(turn)) + 0.6 * np.sin(side / 14 + along * 9)
    scales = np.where(
        (patches > 0.15)[..., None], ramp(palette("b8281a e8502a f58a3a"), 0.5 + side / 80), colour("f6ead2")
    )
    scales = np.where(((along > 0.80) & (np.sin(side / 3.4) > 0))[..., None], colour("f0a060"), scales)
    rim = in_body & (np.abs(side) > half - 9)
    scales = np.where(rim[..., None], colour("7a1a14"), scales)
    eye = np.hypot((along - 0.085) * 200, np.abs(side) - 16)
    scales = np.where((eye < 9)[..., None], colour("14100c"), scales)
    motif = np.where(
        (in_fin & ~in_body)[..., None],
        np.where((np.sin(along * 90) > 0)[..., None], colour("f5b06a"), colour("d8642a")),
        motif,
    )
    motif = np.where(in_body[..., None], scales, motif)
    rows = np.where(in_body, half - np.abs(side) + 500, np.where(in_fin, np.abs(side) + 900, rows))
    return motif, rows


def _border(
    motif: Picture, rows: Field, x: Field, y: Field, far: Field, around: Field, middle: tuple[float, float]
) -> tuple[Picture, Field]:
    ring = far - 318
    inside = (ring > 0) & (ring < 50)
    twist = np.sin(around * 18) * 14
    first, second = np.abs(ring - 25 - twist) < 8, np.abs(ring - 25 + twist) < 8
    band = np.where(
        first[..., None], colour("c8402a"), np.where(second[..., None], colour("e8b84a"), colour("1f2a44"))
    )
    band = np.where(((ring < 7) | (ring > 43))[..., None], colour("f3e6c8"), band)
    motif, rows = np.where(inside[..., None], band, motif), np.where(inside, ring + 2000, rows)
    outside = ring >= 50
    box = np.maximum(np.abs(x - middle[0]), np.abs(y - middle[1]))
    frame = np.minimum.reduce([x, y, 2 * middle[0] - x, 2 * middle[1] - y])
    ground = np.where(
        ((np.floor(x / 46) + np.floor(y / 46)) % 2 == 0)[..., None], colour("e9d8b4"), colour("d9bf94")
    )
    leaf = np.abs(np.sin(x / 30) * 14 + np.sin(y / 30) * 14) < 5
    ground = np.where(leaf[..., None], colour("6a7f4a"), ground)
    ground = np.where(
        (frame < 24)[..., None], np.where((frame < 12)[..., None], colour("8a2a22"), colour("1f2a44")), ground
    )
    motif = np.where(outside[..., None], ground, motif)
    return motif, np.where(outside, np.where(frame < 24, frame + 5000, box * 0 + ring + 3000), rows)


def _tesserae(sheet: Sheet, motif: Picture, rows: Field) -> Picture:
    """Set stones in rows along the level lines of `rows`, smaller ones into the gaps, and grout."""
    down, across = np.gradient(blur(rows, 1.5 * sheet.unit))
    angle = np.arctan2(down, across)
    floor = _Floor(sheet)
    floor.lay(motif, rows, angle, size=10.0, tries=34)
    floor.lay(motif, rows, angle, size=6.4, tries=9)
    floor.lay(motif, rows, angle, size=4.2, tries=5)
    picture, height = (
        drawn(floor.stones, floor.TIMES),
        blur(drawn(floor.relief, floor.TIMES), 0.8 * sheet.unit),
    )
    picture = picture * (0.94 + 0.2 * sheet.noise(5, 2)[..., None])
    return lit(np.clip(picture, 0, 1), height, 0.9, 0.25)


class _Floor:
    """Mortar that takes square stones side by side, and never two in one place."""

    TIMES = 3
    CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.stones = drawing(sheet, self.TIMES, "RGB", tuple(int(255 * part) for part in colour("57493d")))
        self.relief = drawing(sheet, self.TIMES)
        self.taken = drawing(sheet, self.TIMES)
        self.spots: Any = self.taken._image.load()  # Pillow types a pixel as an int or a tuple

    def lay(self, motif: Picture, rows: Field, angle: Field, size: float, tries: int) -> None:
        """Lay stones of one size where there is room, the middle of each row first."""
        sheet, rng = self.sheet, self.sheet.rng
        count = int(tries * sheet.width * sheet.height / (size * sheet.unit) ** 2)
        spots = rng.uniform((0, 0), (sheet.width, sheet.height), (count, 2))
        columns, lines = spots.astype(int).T
        off = np.abs((rows[lines, columns] / (size * 1.04)) % 1.0 - 0.5)
        for index in np.argsort(np.floor(off * 12) + 1e-3 * rng.random(count), kind="stable"):
            column, line = columns[index], lines[index]
            a, b = spots[index] * self.TIMES
            if not self.spots[int(a), int(b)]:
                self._set((a, b), angle[line, column], motif[line, column], size)

    def _set(self, centre: Point, turn: float, tone: Picture, size: float) -> None:
        rng, taken = self.sheet.rng, self.taken._image
        turn, half = turn + rng.normal(0, 0.05), 0.5 * size * self.sheet.unit * self.TIMES
        u, v = half * np.array([np.cos(turn), np.sin(turn)]), half * np.array([-np.sin(turn), np.cos(turn)])
        around = [
            np.add(centre, 0.97 * (i * u + j * v))
            for i, j in (*self.CORNERS, (-1, 0), (1, 0), (0, 1), (0, -1))
        ]
        inside = [spot for spot in around if 0 <= spot[0] < taken.width and 0 <= spot[1] < taken.height]
        if sum(self.spots[int(p), int(q)] > 0 for p, q in inside) > 1:
            return
        cut = rng.uniform(0.84, 0.98, 4)
        stone = [
            tuple(np.add(centre, k * (i * u + j * v))) for k, (i, j) in zip(cut, self.CORNERS, strict=True)
        ]
        tone = np.clip(tone * rng.normal(1.06, 0.09) + rng.normal(0, 0.022, 3), 0, 1)
        self.stones.polygon(stone, fill=tuple(int(255 * part) for part in tone))
        self.relief.polygon(stone, fill=int(rng.uniform(150, 255)))
        self.taken.polygon([tuple(spot) for spot in around[:4]], fill=255)
