"""Oil: strokes with bristles, laid along the movement of what they show."""

from __future__ import annotations

import numpy as np

from training.atelier.brush import Brush, Oil
from training.atelier.canvas import Picture, Sheet, blur, colour, over, palette, ramp, ridge, step


def evening_wind(sheet: Sheet) -> Picture:
    """Oil: wind and sun over wheat, in strokes that follow the air."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    horizon = 0.60 * high
    sun = (0.70 * wide, 0.30 * high)
    far = np.hypot(x - sun[0], y - sun[1])
    warmth = np.exp(-far / 230) + 0.25 * (sheet.noise(220, 3, (2.2, 1)) - 0.5)
    motif = ramp(palette("15305f 1f5a8c 3d8fa8 8fc0a8 f0d48a f8b04a fbe9a0"), warmth * 1.05)
    motif = over(motif, colour("fff3c4"), step(-46, -far, 14))
    hills = ridge(sheet, horizon + 20, 120, 420)
    motif = over(
        motif,
        ramp(palette("2b3f6b 44608a 6f7f95"), 0.5 + 0.5 * np.sin(x / 60 + y / 25)),
        step(0, y - hills, 4),
    )
    nearer = ridge(sheet, horizon + 50, 70, 300)
    motif = over(motif, ramp(palette("173f3c 2b6350 5e8a4a"), sheet.noise(70, 3)), step(0, y - nearer, 4))
    field = horizon + 55 + 18 * np.sin(x / 170)
    depth = np.clip((y - field) / (high - field), 0, 1)
    wheat = ramp(palette("7c5a1e c8892b edb63f f7d766 d98e2e 8e4f24"), sheet.noise(55, 3, (2.4, 0.6)))
    motif = over(motif, wheat * (1.08 - 0.35 * depth[..., None]), step(0, y - field, 3))
    swirl = np.zeros_like(x)
    for _ in range(9):
        place = sheet.rng.uniform((0, 0), (wide, 0.5 * high))
        reach, sense = sheet.rng.uniform(60, 150), sheet.rng.choice((-1, 1))
        swirl += sense * 2.2 * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * reach**2))
    round_sun = np.arctan2(y - sun[1], x - sun[0]) + np.pi / 2
    near = np.exp(-((far / 170) ** 2))
    sky = 0.35 * np.sin(x / 140) + 0.9 * (sheet.noise(330, 2) - 0.5) + swirl
    sky = np.arctan2(
        (1 - near) * np.sin(sky) + near * np.sin(round_sun),
        (1 - near) * np.cos(sky) + near * np.cos(round_sun),
    )
    land = -0.9 - 0.7 * (sheet.noise(200, 2) - 0.5)
    slope = np.where(y > field, land, np.where(y > hills, 0.35 * np.sin(x / 90), sky)).astype(np.float32)
    oil = Oil(sheet, 0.72 * blur(motif, 12 * sheet.unit))
    oil.layer(Brush(30, 95, 2.2, 9), motif, slope)
    oil.layer(Brush(15, 60, 1.8, 6, colour_spread=0.05), motif, slope)
    detail = np.clip(np.abs(motif - blur(motif, 6 * sheet.unit)).sum(2) * 4 + 0.25, 0, 1)
    oil.layer(Brush(8, 38, 1.7, 4, colour_spread=0.06), np.clip(motif * 1.06, 0, 1), slope, detail)
    return oil.finished()
