"""Points of pure colour, mixed by the eye."""

from __future__ import annotations

import numpy as np

from training.atelier.brush import dabs
from training.atelier.canvas import (
    Field,
    Picture,
    Sheet,
    blur,
    colour,
    over,
    palette,
    paper,
    ramp,
    ridge,
    shape,
    step,
)


def summer_points(sheet: Sheet) -> Picture:
    """Points of pure colour: every tone is mixed by the eye out of its neighbours on the wheel."""
    scene, _ = _riverside(sheet)
    grey = scene.mean(2, keepdims=True)
    picture = paper(sheet, "efe6cf") * 0.6 + 0.4 * scene
    for spacing, size, boldness in ((9.5, 12.5, 1.15), (7.0, 8.0, 1.5), (6.0, 6.0, 1.8), (7.5, 4.6, 2.3)):
        spread = sheet.rng.normal(0, 0.10, scene.shape).astype(np.float32)
        tones = grey + (scene - grey) * boldness + spread
        opposite = grey + (grey - scene) * 0.9 + 0.10
        tones = np.where(sheet.rng.random(grey.shape) < 0.12, opposite, tones)
        picture = dabs(sheet, picture, spacing, size, tones)
    return picture


def _riverside(sheet: Sheet) -> tuple[Picture, Field]:
    """Return a summer river with poplars and sails as smooth colours, and where it is lit."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    bank = 0.42 * high
    clouds = step(0.55, sheet.noise(260, 4, (2.4, 1)), 0.5)
    scene = ramp(palette("6aa6dc 9cc8e8 d9e6e2 f6e6c4"), y / bank)
    scene = over(scene, colour("fdf3e3"), clouds * 0.75)
    hills = ridge(sheet, bank + 6, 80, 330)
    scene = over(scene, ramp(palette("7a8fc4 8fb0b8 a9c29a"), sheet.noise(90, 3)), step(0, y - hills, 3))
    water = step(bank, y, 3)
    ripple = sheet.noise(60, 3, (5, 0.5))
    mirrored = scene[
        np.clip((2 * bank * sheet.unit - y * sheet.unit).astype(int), 0, sheet.height - 1),
        np.clip((x * sheet.unit).astype(int), 0, sheet.width - 1),
    ]
    scene = over(scene, 0.72 * mirrored + 0.25 * ramp(palette("1f5f9a 3f9fc0 bfe3d8"), ripple), water)
    for place in np.linspace(0.04, 0.50, 8) * wide:
        tall = sheet.rng.uniform(140, 250)
        foot = place + sheet.rng.normal(0, 12)
        body = ((x - foot) / sheet.rng.uniform(17, 26)) ** 2 + ((y - bank + tall / 2) / (tall / 2)) ** 2
        leaf = ramp(
            palette("1d4a3a 2f7a45 6fae4a d8d46a"), 0.55 - (x - foot) / 60 + 0.5 * (sheet.noise(24, 2) - 0.5)
        )
        scene = over(scene, leaf, step(-1, -body, 0.25))
        image = ((x - foot - 6 * np.sin(y / 9)) / 22) ** 2 + ((y - bank - 0.4 * tall) / (0.45 * tall)) ** 2
        scene = over(scene, colour("2f6a58"), 0.6 * step(-1, -image, 0.5))
    for left, foot, tall, tone in (
        (0.64, 0.56, 120, "fff6e0"),
        (0.80, 0.50, 80, "f3c9a0"),
        (0.72, 0.47, 54, "fff2d8"),
    ):
        a, b = left * wide, foot * high
        for sail in (
            [(a, b), (a, b - tall), (a + 0.48 * tall, b - 6)],
            [(a - 5, b), (a - 5, b - 0.85 * tall), (a - 0.3 * tall, b - 4)],
        ):
            scene = over(scene, colour(tone), shape(sheet, sail))
        hull = [
            (a - 0.35 * tall, b),
            (a + 0.52 * tall, b),
            (a + 0.4 * tall, b + 12),
            (a - 0.25 * tall, b + 12),
        ]
        scene = over(scene, colour("7a2f35"), shape(sheet, hull))
        glint = [(a - 0.3 * tall, b + 14), (a + 0.45 * tall, b + 14), (a + 0.1 * tall, b + 0.8 * tall)]
        scene = over(scene, colour(tone), 0.45 * shape(sheet, glint) * step(0.45, ripple, 0.3))
    shore = 0.80 * high - 0.10 * high * np.sin(x / wide * 2.6 - 0.3)
    shadow = step(0.56, sheet.noise(210, 3, (2, 0.7)), 0.12)
    grass = over(
        ramp(palette("6fae3a b9cf4f f0e27a"), sheet.noise(60, 4)),
        ramp(palette("1f4f6a 2a6a55 3f7f4a"), sheet.noise(60, 4)),
        shadow,
    )
    land = step(0, y - shore, 3)
    scene = over(scene, grass, land)
    scene = over(scene, colour("e8604a"), land * step(0.9, sheet.noise(16, 1), 0.04))
    return blur(scene, 1.2 * sheet.unit), np.clip(1 - shadow * land - 0.5 * water, 0, 1)
