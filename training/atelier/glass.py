"""Stained glass: pieces of coloured glass held in lead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.atelier.canvas import Field, Picture, Sheet, blur, colour, lit, over, palette, ramp, step


def vineyard_window(sheet: Sheet) -> Picture:
    """Stained glass: a sun in rays over terraced hills, a river and a tree."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    labels, tones = _window(sheet, x, y, wide, high)
    known, pieces = np.unique(labels, return_inverse=True)
    pieces = pieces.reshape(labels.shape)
    spread = sheet.rng.normal(0, 0.075, (len(known), 3)).astype(np.float32)
    light = sheet.rng.uniform(0.72, 1.22, (len(known), 1)).astype(np.float32)
    counts = np.bincount(pieces.ravel())
    mean = np.stack([np.bincount(pieces.ravel(), tones[..., band].ravel()) / counts for band in range(3)], 1)
    glass: Picture = (np.clip(mean * light + spread, 0, 1).astype(np.float32))[pieces]
    streaks = sheet.noise(40, 4, (0.7, 2.5)) + 0.6 * sheet.noise(13, 3)
    glass = glass * (0.62 + 0.5 * streaks[..., None])
    lead = _lead(sheet, pieces)
    inner = blur(1 - step(0.5, lead, 0.2), 9 * sheet.unit)[..., None]
    glass = np.clip(glass * (0.72 + 0.5 * inner), 0, 1)
    glass = glass + 0.35 * blur(np.clip(glass - 0.55, 0, 1), 14 * sheet.unit)
    glass = lit(np.clip(glass, 0, 1), sheet.noise(16, 3), 2.0 * sheet.unit, 0.12)
    came = lit(np.broadcast_to(colour("1b1a1d"), glass.shape), blur(lead, 2.0 * sheet.unit), 2.2, 0.5)
    return over(glass, came, step(0.45, lead, 0.4))


def _window(sheet: Sheet, x: Field, y: Field, wide: float, high: float) -> tuple[NDArray[np.int64], Picture]:
    """Return the number of each piece of glass, and the colours the glass is cut after."""
    sun = (0.5 * wide, 0.36 * high)
    far = np.hypot(x - sun[0], y - sun[1])
    around = np.arctan2(y - sun[1], x - sun[0])
    rings = np.searchsorted([62, 84, 150, 235, 335, 450, 620], far)
    rays = np.where(rings == 0, 0, np.where(rings == 1, 24, np.where(rings < 4, 16, 32)))
    wave = around / (2 * np.pi) + 0.010 * np.sin(far / 40) + 0.008 * (rings % 2)
    labels = 1000 * rings + np.floor((wave % 1.0) * np.maximum(rays, 1)).astype(int)
    sky = ramp(palette("fff0a8 ffd23f ff9a2e f0603a c43a6a 7a3a94 3a3f9e 1f2f7a"), far / 560)
    odd = (labels % 2)[..., None]
    tones = np.where(rings[..., None] == 1, colour("e2452c"), np.where(odd == 1, sky * 0.82, sky * 1.05))
    hills = [
        (0.60, 40, 300, "6a4fa0 8a5fb8", 90),
        (0.69, 46, 420, "1f7a8a 3fa89a", 80),
        (0.78, 50, 330, "2f8a4a 8fbf3f", 70),
        (0.89, 36, 500, "b8303f e8603a", 75),
    ]
    for number, (base, height, period, colours, cut) in enumerate(hills, start=1):
        phase = sheet.rng.uniform(0, 6)
        crest = base * high + height * np.sin(x / period * 2 * np.pi + phase)
        below = y - crest
        rows = np.searchsorted([0, 34, 76], below)
        slant = np.floor((x + 0.5 * below * (-1) ** number + 24 * rows) / cut).astype(int)
        here = below > 0
        labels = np.where(here, 100_000 * number + 1000 * rows + slant % 1000, labels)
        both = palette(colours)
        shade = np.where(((slant + rows) % 2)[..., None] == 1, both[0], both[1])
        tones = np.where(here[..., None], shade, tones)
    middle = 0.5 * wide + 46 * np.sin((y - 0.6 * high) / 62)
    narrow = np.clip((y - 0.60 * high) / (0.4 * high), 0, 1)
    river = (np.abs(x - middle) < 10 + 62 * narrow) & (y > 0.615 * high)
    bend = np.floor((y + 0.18 * np.abs(x - middle)) / 44).astype(int)
    labels = np.where(river, 800_000 + 2 * bend + (x > middle), labels)
    tones = np.where(
        river[..., None], np.where((bend % 2)[..., None] == 1, colour("2a7fd0"), colour("8fd0f0")), tones
    )
    return _tree(sheet, x, y, labels, tones)


def _tree(
    sheet: Sheet, x: Field, y: Field, labels: NDArray[np.int64], tones: Picture
) -> tuple[NDArray[np.int64], Picture]:
    wide, high = sheet.extent
    for number, (a, b, big) in enumerate(((0.17, 0.44, 120), (0.85, 0.50, 92)), start=1):
        centre = a * wide, b * high
        trunk = (
            (np.abs(x - centre[0] - 10 * np.sin(y / 50)) < 0.10 * big + 0.0006 * (y - centre[1]) ** 2)
            & (y > centre[1])
            & (y < centre[1] + 2.3 * big)
        )
        labels = np.where(trunk, 900_000 + number * 100 + np.floor(y / 60).astype(int), labels)
        tones = np.where(trunk[..., None], colour("6a3a24"), tones)
        crown = np.hypot(x - centre[0], 1.08 * (y - centre[1])) + 10 * np.sin(
            7 * np.arctan2(y - centre[1], x - centre[0])
        )
        seeds = centre + sheet.rng.normal(0, 0.55 * big, (26, 2))
        nearest = np.argmin([(x - p) ** 2 + (y - q) ** 2 for p, q in seeds], 0)
        here = crown < big
        labels = np.where(here, 950_000 + number * 100 + nearest, labels)
        leaf = palette("1f6a3a 3f9a3f a8c83a 2a7f5a d8d04a")[nearest % 5]
        tones = np.where(here[..., None], leaf, tones)
    return labels, tones


def _lead(sheet: Sheet, pieces: NDArray[np.int64]) -> Field:
    """Return the cover of the lead between pieces and around the window."""
    edge = np.zeros(pieces.shape, np.float32)
    edge[:, 1:] += pieces[:, 1:] != pieces[:, :-1]
    edge[1:] += pieces[1:] != pieces[:-1]
    border = max(1, round(8 * sheet.unit))
    edge[:border], edge[-border:], edge[:, :border], edge[:, -border:] = 1, 1, 1, 1
    spread = blur(np.clip(edge, 0, 1), 2.6 * sheet.unit)
    return np.clip(spread * 5.2 * max(sheet.unit, 0.3), 0, 1)
