"""Paper, colour, noise and light: what every technique here begins with.

Pictures are float32 (H, W, 3) RGB in [0, 1]; fields are float32 (H, W).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Picture = NDArray[np.floating[Any]]
Field = NDArray[np.floating[Any]]
Point = tuple[float, float]
Points = NDArray[np.float64] | Sequence[Point]


@dataclass(frozen=True)
class Sheet:
    """The size of a picture, and the source of its chance.

    Attributes:
        unit: pixels in a 768th of the shorter side; lengths are given in it, so
            that a small trial looks like the large picture.
    """

    width: int
    height: int
    rng: np.random.Generator

    @property
    def unit(self) -> float:
        """The length that drawings are measured in, in pixels."""
        return min(self.width, self.height) / 768

    def grid(self) -> tuple[Field, Field]:
        """Return x and y of each pixel's centre, in units."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        return (x + 0.5) / self.unit, (y + 0.5) / self.unit

    @property
    def extent(self) -> Point:
        """Width and height in units."""
        return self.width / self.unit, self.height / self.unit

    def noise(self, cell: float, octaves: int = 4, stretch: Point = (1.0, 1.0)) -> Field:
        """Return smooth noise in [0, 1], its coarsest features about `cell` units wide."""
        total, weight = np.zeros((self.height, self.width), np.float32), 1.0
        for octave in range(octaves):
            size = cell * self.unit / 2**octave
            rows = max(2, round(self.height / (size * stretch[1])) + 2)
            columns = max(2, round(self.width / (size * stretch[0])) + 2)
            seeds = self.rng.standard_normal((rows, columns)).astype(np.float32)
            total += weight * resized(seeds, self.width, self.height)
            weight *= 0.5
        low, high = np.percentile(total, (1, 99))
        return np.clip((total - low) / (high - low + 1e-6), 0, 1)

    def grain(self, strength: float) -> Field:
        """Return fine noise around 0."""
        return strength * self.rng.standard_normal((self.height, self.width)).astype(np.float32)


def resized(field: Field, width: int, height: int) -> Field:
    """Resize a field smoothly."""
    image = Image.fromarray(np.asarray(field, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def colour(text: str) -> Picture:
    """Return the RGB of “#rrggbb”, or of “rrggbb”."""
    text = text.lstrip("#")
    return np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255


def palette(text: str) -> Picture:
    """Return (N, 3) from hexadecimal colours with spaces in between."""
    return np.stack([colour(part) for part in text.split()])


def ramp(colours: Picture, where: Field) -> Picture:
    """Look a field in [0, 1] up in evenly spaced colours, blending between them."""
    place = np.clip(where, 0, 1) * (len(colours) - 1)
    below = np.minimum(place.astype(int), len(colours) - 2)
    share = (place - below)[..., None].astype(np.float32)
    return colours[below] * (1 - share) + colours[below + 1] * share


def step(edge: float, field: Field, soft: float) -> Field:
    """Return 0 below an edge and 1 above it, with a smooth passage `soft` wide."""
    t = np.clip((field - edge) / soft + 0.5, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def over(below: Picture, above: Picture, cover: Field) -> Picture:
    """Lay a picture or a colour over another, where `cover` is 1."""
    share = cover[..., None]
    return below * (1 - share) + above * share


def blur(field: Picture, radius: float) -> Picture:
    """Blur rows and columns by three box means: nearly a Gaussian of this standard deviation."""
    reach = max(0, round((np.sqrt(4 * radius**2 + 1) - 1) / 2))
    if reach == 0:
        return field
    for axis in (0, 1) * 3:
        spread = [(0, 0)] * field.ndim
        spread[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(field, spread, mode="edge"), axis, dtype=np.float64)
        size, window = field.shape[axis], 2 * reach + 1
        ahead = np.take(sums, range(window, window + size), axis)
        field = ((ahead - np.take(sums, range(size), axis)) / window).astype(np.float32)
    return field


def lit(picture: Picture, relief: Field, strength: float, gloss: float = 0.0) -> Picture:
    """Let light fall from the upper left on a relief, with some gloss."""
    down, across = np.gradient(relief, axis=0), np.gradient(relief, axis=1)
    slope = -(down + across) * strength
    shade = np.clip(1 + slope, 0.45, 1.6)[..., None]
    shine = gloss * np.clip(slope - 0.25, 0, 1)[..., None]
    return np.clip(picture * shade + shine, 0, 1).astype(np.float32)


def drawing(
    sheet: Sheet, times: int = 2, mode: str = "L", fill: int | Sequence[int] = 0
) -> ImageDraw.ImageDraw:
    """Return something to draw on, larger than the picture, so that edges come out smooth."""
    back = fill if isinstance(fill, int) else tuple(fill)
    return ImageDraw.Draw(Image.new(mode, (sheet.width * times, sheet.height * times), back))


def drawn(pen: ImageDraw.ImageDraw, times: int = 2) -> Picture:
    """Return what was drawn, at the picture's size, in [0, 1]."""
    return np.asarray(pen._image.reduce(times), np.float32) / 255


def shape(sheet: Sheet, points: Points, times: int = 2) -> Field:
    """Return the cover of a filled outline, given in units."""
    pen = drawing(sheet, times)
    pen.polygon([(x * sheet.unit * times, y * sheet.unit * times) for x, y in points], fill=255)
    return drawn(pen, times)


def framed(
    sheet: Sheet, outline: Points, margin: int = 4
) -> tuple[tuple[slice, slice], Sheet | None, list[Point]]:
    """Find the part of the sheet that an outline spans, so that small pieces cost little.

    Returns:
        The part's rows and columns, it as a sheet (None if it is outside), and
        the outline in that sheet's own units.
    """
    points = np.asarray(outline, float) * sheet.unit
    low = np.clip(points.min(0).astype(int) - margin, 0, (sheet.width, sheet.height))
    high = np.clip(points.max(0).astype(int) + margin, 0, (sheet.width, sheet.height))
    window = slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
    if np.any(high <= low):
        return window, None, []
    part = Sheet(int(high[0] - low[0]), int(high[1] - low[1]), sheet.rng)
    return window, part, [(a, b) for a, b in (points - low) / part.unit]


def curve(points: Points, count: int = 40, closed: bool = False) -> NDArray[np.float64]:
    """Return a smooth curve through some points (Catmull-Rom)."""
    knots = np.array(points, float)
    ends = (knots[-1:], knots[:2]) if closed else (2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1])
    knots = np.concatenate([ends[0], knots, ends[1]])
    t = np.linspace(0, 1, count, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate(pieces if closed else [*pieces, knots[-2:-1]])


def paper(sheet: Sheet, tint: str, roughness: float = 0.03) -> Picture:
    """Return a sheet of paper: fibres, a little cloudiness and grain."""
    fibres = sheet.noise(6, 2, (6, 0.7)) + sheet.noise(6, 2, (0.7, 6))
    light = (
        1 + roughness * (fibres - 1) + roughness * (sheet.noise(200, 3) - 0.5) + sheet.grain(roughness / 4)
    )
    return np.clip(colour(tint) * light[..., None], 0, 1).astype(np.float32)


def ridge(sheet: Sheet, base: float, height: float, cell: float) -> Field:
    """Return the y, in units, of a line of hills at each column, as (1, W)."""
    line = sheet.noise(cell, 4)[sheet.height // 2][None]
    return (base - height * line).astype(np.float32)
