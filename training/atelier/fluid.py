"""Marbled paper: drops of colour on size, combed, and taken off on a sheet.

Every pixel is followed back through the combings and drops to the drop that it
came from, which is exact at any size (Lu, Jaffer et al. 2012, "Mathematical
Marbling", describe these two maps).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.atelier.canvas import Field, Picture, Sheet, palette


def marbled_endpaper(sheet: Sheet) -> Picture:
    """Marbling: a peacock pattern in indigo, oxblood, ochre and cream."""
    rng = sheet.rng
    colours = palette("16264f 8e1f2c e0a63a f4ead2 2f6f7a 0f1420 d9673a f4ead2 3f8f86")
    drops = []
    for index in range(300):
        wide, high = sheet.extent
        centre = rng.uniform((-40, -40), (wide + 40, high + 40))
        drops.append((centre, rng.uniform(20, 78) * (0.994**index + 0.25), index % len(colours)))
    total = np.zeros((sheet.height, sheet.width, 3), np.float32)
    for corner in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        x, y = _combed(sheet, *corner)
        total += colours[_drop(x, y, drops)] / 4
    vein = 0.90 + 0.16 * sheet.noise(60, 4)
    speck = 1 - 0.25 * (sheet.noise(5, 2) > 0.93)
    return np.clip(total * (vein * speck)[..., None] + sheet.grain(0.012)[..., None], 0, 1)


def _combed(sheet: Sheet, right: float, down: float) -> tuple[Field, Field]:
    """Return where each point was before the combs went through."""
    x, y = sheet.grid()
    x, y = x + (right - 0.5) / sheet.unit, y + (down - 0.5) / sheet.unit
    wide, high = sheet.extent
    # The last comb went first here: the way back is taken.
    y = y + 20 * np.sin(x / 29)
    x = x + 24 * np.sin(y / 41)
    for teeth, reach, pull in ((96, 13, 74), (48, 7, 46)):
        place = np.abs((x + 0.4 * teeth) % teeth - teeth / 2)
        sense = np.where(np.floor((x + 0.4 * teeth) / teeth) % 2 == 0, 1, -1)
        y = y + sense * pull * np.exp(-place / reach)
    for teeth, reach, pull in ((128, 22, 90),):
        place = np.abs(y % teeth - teeth / 2)
        sense = np.where(np.floor(y / teeth) % 2 == 0, 1, -1)
        x = x + sense * pull * np.exp(-place / reach)
    for a, b, big, turn in (
        (0.26, 0.34, 150, 2.6),
        (0.74, 0.66, 170, -2.8),
        (0.80, 0.14, 90, 2.2),
        (0.16, 0.86, 100, -2.2),
    ):
        dx, dy = x - a * wide, y - b * high
        angle = turn * np.exp(-np.hypot(dx, dy) / big * 1.6)
        x = a * wide + dx * np.cos(angle) - dy * np.sin(angle)
        y = b * high + dx * np.sin(angle) + dy * np.cos(angle)
    return x.astype(np.float32), y.astype(np.float32)


def _drop(x: Field, y: Field, drops: list[tuple[NDArray[np.float64], float, int]]) -> NDArray[np.int64]:
    """Return the colour of the drop that each point belongs to."""
    shape, (x, y) = x.shape, (x.ravel(), y.ravel())
    found, open_ = np.full(x.size, 3), np.arange(x.size)
    for (a, b), radius, number in reversed(drops):
        dx, dy = x - np.float32(a), y - np.float32(b)
        square = dx * dx + dy * dy
        inside = square < radius * radius
        found[open_[inside]] = number
        left = ~inside
        pulled = np.sqrt(1 - np.float32(radius * radius) / square[left])
        x, y, open_ = a + dx[left] * pulled, b + dy[left] * pulled, open_[left]
        x, y = x.astype(np.float32), y.astype(np.float32)
    return found.reshape(shape)
