"""The example scene: a fishing harbour, near enough to a photograph to be painted over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.atelier.canvas import (
    Field,
    Picture,
    Point,
    Sheet,
    blur,
    colour,
    curve,
    framed,
    over,
    palette,
    ramp,
    shape,
    step,
)

_WALLS = palette("f3e6cf e9c9a0 d99a6c f6f0e4 e8b8a8 cfd6d0 e7d28f")
_ROOFS = palette("a8472f b85a3a 8a3a2c 9a5a44")
_SIDE = 0.32
"""The depth of a house's side, where its front is 1 wide."""


def quiet_harbour(sheet: Sheet) -> Picture:
    """Return a bay at the end of an afternoon: hills, a village, boats and their reflections."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    shore = 0.56 * high
    scene = _sky(sheet, shore)
    scene = _hills(sheet, scene, shore)
    scene = _village(sheet, scene, shore)
    scene = _lighthouse(sheet, scene, (0.86 * wide, shore + 4))
    water = step(shore, y, 2.5)
    depth = np.clip((y - shore) / (high - shore), 0, 1)
    wobble = (sheet.noise(40, 4, (5, 0.5)) - 0.5) * (10 + 60 * depth)
    row = np.clip((2 * shore - y + wobble) * sheet.unit, 0, sheet.height - 1).astype(int)
    mirror = np.take_along_axis(
        blur(scene, 1.5 * sheet.unit), np.broadcast_to(row[..., None], scene.shape), 0
    )
    tint = ramp(palette("6fa3b8 3f7f9a 1f566f 123a50"), depth)
    waves = sheet.noise(26, 4, (6, 0.4))
    sea = mirror * (0.78 - 0.30 * depth[..., None]) + tint * (0.16 + 0.30 * depth[..., None])
    sea = sea * (0.86 + 0.28 * waves[..., None])
    glitter = step(0.83, sheet.noise(8, 2, (4, 0.7)), 0.1) * np.exp(
        -(((x - 0.30 * wide) / (70 + 220 * depth)) ** 2)
    )
    sea = over(sea, colour("fff0cf"), 0.75 * glitter * (1 - 0.5 * depth))
    scene = over(scene, sea, water)
    for a, b, big, sense, hull in (
        (0.60, 0.635, 46, -1, "2d5f8a"),
        (0.16, 0.665, 58, 1, "8a3b2f"),
        (0.44, 0.77, 112, 1, "b5452f"),
        (0.80, 0.73, 78, -1, "e7e2d4"),
    ):
        scene = _boat(sheet, scene, (a * wide, b * high), big, sense, colour(hull))
    scene = _quay(sheet, scene)
    haze = np.exp(-(((y - shore) / 90) ** 2))
    scene = over(scene, colour("f4d9b4"), 0.20 * haze)
    sun = np.hypot(x - 0.30 * wide, y - 0.20 * high)
    scene = scene + 0.16 * np.exp(-sun / 260)[..., None] * colour("ffd9a0")
    edge = 1 - 0.20 * (((x / wide - 0.5) ** 2 + (y / high - 0.5) ** 2) * 2)[..., None]
    return np.clip(blur(scene * edge, 0.5 * sheet.unit) + sheet.grain(0.012)[..., None], 0, 1)


def _sky(sheet: Sheet, shore: float) -> Picture:
    x, y = sheet.grid()
    wide, high = sheet.extent
    sky = ramp(palette("3f78b4 6fa0cc a9c6d8 ecd6b4 f6c48e"), np.clip(y / shore, 0, 1) ** 1.1)
    far = np.hypot(x - 0.30 * wide, y - 0.20 * high)
    sky = over(sky, colour("fff1cc"), np.exp(-((far / 120) ** 1.3)))
    heaps = sheet.noise(170, 6, (1.9, 0.8)) * 0.75 + sheet.noise(61, 4, (1.8, 0.9)) * 0.35
    down, across = np.gradient(blur(heaps, 3 * sheet.unit))
    light = np.clip(0.62 + (down + across) * 34 * sheet.unit + 0.15 * (1 - y / shore), 0, 1)
    cover = step(0.68, heaps, 0.32) * np.clip(1.3 - y / shore, 0, 0.95)
    return over(sky, ramp(palette("8496ae bcb7bc f2dcc4 fff7ea"), light), cover)


def _hills(sheet: Sheet, scene: Picture, shore: float) -> Picture:
    x, y = sheet.grid()
    tones = ("8fa3bd 9fb0c2", "5f7f95 7f9a9a", "3f6250 6f8a52 8fa060", "2f5038 5f7f42 a0a052")
    for index, (lift, tall, cell) in enumerate(
        ((60, 150, 480), (38, 120, 420), (20, 100, 360), (2, 84, 300))
    ):
        line = sheet.noise(cell, 6)[sheet.height // 2][None]
        push = np.clip(np.abs(x / sheet.extent[0] - 0.36) * 1.9, 0.25, 1)[:1]
        crest = shore - lift - tall * line * push
        texture = sheet.noise(44 - 8 * index, 5, (1.6, 0.8))
        scene = over(
            scene, ramp(palette(tones[index]), texture), step(0, y - crest, 1.5) * step(0, shore + 3 - y, 2)
        )
    return scene


def _wall(sheet: Sheet, scene: Picture, points: list[Point], tone: Picture, rough: Field) -> Picture:
    """Fill an outline in place; only the rows and columns that it spans are touched."""
    window, part, inside = framed(sheet, points)
    if part is not None:
        light = 0.90 + 0.2 * rough[window][..., None]
        scene[window] = over(scene[window], np.clip(tone * light, 0, 1), shape(part, inside))
    return scene


def _village(sheet: Sheet, scene: Picture, shore: float) -> Picture:
    """Build three rows of houses, the far ones first, lit from the left."""
    rng, rough = sheet.rng, sheet.noise(14, 4)
    wide, _ = sheet.extent
    for depth, (base, tall, step_x) in enumerate(
        ((shore - 46, 54, 40), (shore - 20, 66, 48), (shore + 4, 80, 58))
    ):
        a = 0.40 * wide + rng.uniform(-20, 20) + 30 * depth
        while a < 0.80 * wide:
            w, h = step_x * rng.uniform(0.8, 1.25), tall * rng.uniform(0.75, 1.3)
            scene = _house(sheet, scene, (a, base), (w, h), rough)
            a += w + _SIDE * w * rng.uniform(0.4, 1.0)
        for _ in range(7):
            centre = rng.uniform(0.36, 0.82) * wide, base - rng.uniform(0, 12)
            scene = _tree(sheet, scene, centre, rng.uniform(11, 22))
    return scene


def _house(sheet: Sheet, scene: Picture, at: Point, size: Point, rough: Field) -> Picture:
    """Build a house from its left foot: shaded side, front, roof, and windows in rows."""
    rng, (a, base), (w, h) = sheet.rng, at, size
    tone, roof = _WALLS[rng.integers(len(_WALLS))], _ROOFS[rng.integers(len(_ROOFS))]
    side, top, peak = _SIDE * w, base - h, 0.42 * w
    parts = (
        ([(a + w, top), (a + w + side, top), (a + w + side, base), (a + w, base)], tone * 0.58),
        ([(a, top), (a + w / 2, top - peak), (a + w, top), (a + w, base), (a, base)], tone),
        (
            [
                (a + w / 2, top - peak - 2),
                (a + w / 2 + side, top - peak - 2),
                (a + w + side + 2, top + 3),
                (a + w + 2, top + 3),
            ],
            roof * 0.8,
        ),
        (
            [
                (a - 3, top + 3),
                (a + w / 2, top - peak - 2),
                (a + w / 2 + 1, top - peak + 3),
                (a + 2, top + 5),
            ],
            roof,
        ),
    )
    for points, paint in parts:
        scene = _wall(sheet, scene, points, paint, rough)
    for row in range(max(1, int(h // 24))):
        for column in range(2):
            p, q = a + w * (0.18 + 0.40 * column), top + 8 + 24 * row
            pane = palette("2f3f4a 5a6f7a f2c27a")[rng.choice(3, p=(0.55, 0.33, 0.12))]
            for edge, paint in ((2, tone * 0.78), (0, pane)):
                left, right, low = p - edge, p + 0.20 * w + edge, q + 12 + edge
                frame = [(left, q - edge), (right, q - edge), (right, low), (left, low)]
                scene = _wall(sheet, scene, frame, paint, rough)
    return scene


def _tree(sheet: Sheet, scene: Picture, centre: Point, big: float) -> Picture:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = big * (1 + 0.16 * sheet.rng.standard_normal(40))
    points = np.stack([centre[0] + 0.8 * reach * np.cos(angle), centre[1] - big + reach * np.sin(angle)], 1)
    x, y = sheet.grid()
    light = np.clip(0.55 - 0.5 * ((x - centre[0]) + (y - centre[1] + big)) / (1.6 * big), 0, 1)
    window, part, inside = framed(sheet, points)
    if part is not None:
        leaf = ramp(palette("1f3a2a 3f6a38 8fa04a"), 0.7 * light[window] + 0.3 * part.noise(8, 2))
        scene[window] = over(scene[window], leaf, shape(part, inside))
    return scene


def _lighthouse(sheet: Sheet, scene: Picture, foot: Point) -> Picture:
    x, y = sheet.grid()
    a, b = foot
    rocks = curve(
        [
            (a - 110, b + 6),
            (a - 70, b - 16),
            (a - 20, b - 34),
            (a + 30, b - 30),
            (a + 80, b - 18),
            (a + 170, b + 6),
        ],
        8,
    )
    rough = sheet.noise(20, 4)
    scene = over(scene, ramp(palette("2f2a2a 5f564c 9a8a72"), rough), shape(sheet, rocks))
    top, half = b - 200, 17
    body = [(a - half, b - 26), (a - 0.62 * half, top), (a + 0.62 * half, top), (a + half, b - 26)]
    round_ = np.clip(1.0 - ((x - a + 7) / 30) ** 2, 0.35, 1)[..., None]
    stripes = np.where((np.floor((y - top) / 36) % 2 == 0)[..., None], colour("f4eee2"), colour("b5392c"))
    scene = over(scene, stripes * round_, shape(sheet, body))
    for w, low, tall, tone in ((16, 0, 6, "3a3f44"), (9, 6, 20, "ffe3a0"), (12, 26, 5, "3a3f44")):
        box = [(a - w, top - low), (a + w, top - low), (a + w, top - low - tall), (a - w, top - low - tall)]
        scene = over(scene, colour(tone), shape(sheet, box))
    return over(
        scene, colour("8a2f26"), shape(sheet, [(a - 12, top - 30), (a, top - 46), (a + 12, top - 30)])
    )


def _boat(sheet: Sheet, scene: Picture, at: Point, big: float, sense: int, hull: Picture) -> Picture:
    """Float a small fishing boat, with its shade on the water below it."""
    a, b = at
    _, y = sheet.grid()

    def to(points: list[Point]) -> list[Point]:
        return [(a + sense * p * big, b + q * big) for p, q in points]

    ripple = step(0.35, sheet.noise(12, 3, (5, 0.5)), 0.5)
    below = shape(
        sheet,
        to(
            [
                (-0.85, 0.20),
                (0.90, 0.20),
                (0.60, 0.62),
                (0.10, 0.75),
                (0.02, 1.35),
                (-0.02, 0.75),
                (-0.6, 0.62),
            ]
        ),
    )
    scene = over(scene, hull * 0.42, 0.62 * blur(below, 2.5 * sheet.unit) * ripple)
    side = shape(
        sheet, curve(to([(-0.92, -0.04), (-0.70, 0.22), (0.0, 0.27), (0.66, 0.22), (1.05, -0.20)]), 8)
    )
    shade = np.clip(1.05 - (y - b + 0.1 * big) / (0.55 * big), 0.45, 1.15)[..., None] * (
        0.92 + 0.16 * sheet.noise(10, 3)[..., None]
    )
    deck = shape(sheet, to([(-0.92, -0.05), (1.04, -0.20), (0.9, -0.10), (0.0, 0.03), (-0.86, 0.03)]))
    scene = over(scene, hull * shade, np.maximum(side, deck))
    scene = over(scene, colour("f2ead8"), deck * 0.9)
    cabin = to([(-0.52, -0.02), (-0.52, -0.38), (-0.06, -0.40), (-0.02, -0.04)])
    scene = over(scene, colour("efe7d6"), shape(sheet, cabin))
    scene = over(
        scene,
        colour("34566a"),
        shape(sheet, to([(-0.42, -0.20), (-0.42, -0.32), (-0.14, -0.33), (-0.14, -0.21)])),
    )
    scene = over(
        scene,
        colour("8a4a34"),
        shape(sheet, to([(-0.60, -0.37), (-0.57, -0.44), (0.02, -0.46), (0.03, -0.40)])),
    )
    return _rigging(sheet, scene, to)


def _rigging(sheet: Sheet, scene: Picture, to: Callable[[list[Point]], list[Point]]) -> Picture:
    """Set a boat's mast, stays and sail."""
    for foot, tip, thick in (
        ((0.12, 0.0), (0.12, -1.15), 0.016),
        ((0.12, -0.22), (0.92, -0.62), 0.012),
        ((0.12, -1.12), (1.0, -0.20), 0.006),
        ((0.12, -1.12), (-0.85, -0.05), 0.006),
    ):
        line = np.array([foot, tip])
        across = np.array([line[1, 1] - line[0, 1], line[0, 0] - line[1, 0]])
        across = across / np.linalg.norm(across) * thick
        points = [
            tuple(line[0] - across),
            tuple(line[1] - across),
            tuple(line[1] + across),
            tuple(line[0] + across),
        ]
        scene = over(scene, colour("4a3728"), shape(sheet, to(points), 3))
    sail = curve(to([(0.16, -0.26), (0.35, -0.40), (0.88, -0.62), (0.62, -0.42), (0.30, -0.24)]), 6)
    return over(scene, colour("c9683c") * (0.9 + 0.2 * sheet.noise(9, 3)[..., None]), shape(sheet, sail))


def _quay(sheet: Sheet, scene: Picture) -> Picture:
    """Lay stones, a bollard and a coil of rope in the foreground."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    edge = 0.90 * high + 0.10 * high * np.clip((x - 0.30 * wide) / (0.42 * wide), 0, 1.4)
    here = step(0, y - edge, 2)
    row = np.floor((y - edge) / 26)
    joint = np.abs(((x + 37 * row) / 74) % 1 - 0.5) > 0.482
    seam = np.abs(((y - edge) / 26) % 1 - 0.5) > 0.45
    tone = sheet.rng.uniform(0.8, 1.1, (64, 64))[
        row.astype(int) % 64, np.floor((x + 37 * row) / 74).astype(int) % 64
    ]
    stone = ramp(palette("5a5048 8f8270 c9b594 e2d0ae"), sheet.noise(18, 5)) * tone[..., None]
    stone = np.where((joint | seam)[..., None], stone * 0.55, stone)
    stone = over(stone, colour("f6e2bc"), 0.8 * step(-4, -np.abs(y - edge), 2))
    scene = over(scene, stone, here)
    a, b = 0.11 * wide, 0.93 * high
    shadow = ((x - a - 34) / 46) ** 2 + ((y - b - 4) / 9) ** 2
    scene = scene * (1 - 0.45 * step(-1, -shadow, 0.5) * here)[..., None]
    light = np.clip(1.1 - ((x - a + 8) / 34) ** 2, 0.3, 1.1)[..., None]
    iron = colour("3a3a40") * light + 0.10 * light**4
    scene = over(scene, iron, shape(sheet, [(a - 15, b), (a - 12, b - 44), (a + 12, b - 44), (a + 15, b)]))
    return over(scene, iron, step(-1, -(((x - a) / 23) ** 2 + ((y - b + 48) / 11) ** 2), 0.15))
