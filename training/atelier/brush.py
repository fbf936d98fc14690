"""Brushes: oil strokes with bristles and relief, and dabs of pure colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.atelier.canvas import Field, Picture, Sheet, lit


@dataclass(frozen=True)
class Brush:
    """How a layer of strokes is laid: lengths in units."""

    width: float
    length: float
    density: float = 1.6
    bristles: int = 7
    wander: float = 0.15
    colour_spread: float = 0.035


class Oil:
    """A canvas that takes strokes of oil paint and remembers how thick they lie."""

    TIMES = 2

    def __init__(self, sheet: Sheet, ground: Picture) -> None:
        self.sheet = sheet
        size = sheet.width * self.TIMES, sheet.height * self.TIMES
        self.paint = Image.fromarray((np.clip(ground, 0, 1) * 255).astype(np.uint8)).resize(size)
        self.relief = Image.new("L", size, 90)

    def layer(
        self,
        brush: Brush,
        motif: Picture,
        angle: Field,
        where: Field | None = None,
    ) -> None:
        """Cover the canvas with strokes.

        Args:
            brush: how they are laid.
            motif: (H, W, 3), the colours to paint.
            angle: the direction of strokes in radians, at each pixel.
            where: the share of strokes that are laid, at each pixel; None lays all.
        """
        sheet, rng = self.sheet, self.sheet.rng
        unit, (wide, high) = sheet.unit, sheet.extent
        count = int(brush.density * wide * high / (brush.width * brush.length))
        starts = rng.uniform((-20, -20), (wide + 20, high + 20), (count, 2))
        paint, relief = ImageDraw.Draw(self.paint), ImageDraw.Draw(self.relief)
        for start in starts:
            column, row = self._pixel(start)
            if where is not None and rng.random() > where[row, column]:
                continue
            line = self._path(start, brush, angle)
            tone = motif[row, column] + rng.normal(0, brush.colour_spread, 3)
            self._stroke(paint, relief, line * unit * self.TIMES, tone, brush)

    def finished(self, strength: float = 2.2, gloss: float = 0.25) -> Picture:
        """Return the painting with light on its relief."""
        paint = np.asarray(self.paint.reduce(self.TIMES), np.float32) / 255
        relief = np.asarray(self.relief.reduce(self.TIMES), np.float32) / 255
        return lit(paint, relief, strength, gloss)

    def _pixel(self, point: NDArray[np.float64]) -> tuple[int, int]:
        column, row = (point * self.sheet.unit).astype(int)
        return int(np.clip(column, 0, self.sheet.width - 1)), int(np.clip(row, 0, self.sheet.height - 1))

    def _path(self, start: NDArray[np.float64], brush: Brush, angle: Field) -> NDArray[np.float64]:
        rng, steps = self.sheet.rng, 7
        length = brush.length * rng.uniform(0.6, 1.3)
        turn = rng.normal(0, brush.wander)
        points = [start]
        for _ in range(steps):
            column, row = self._pixel(points[-1])
            heading = angle[row, column] + turn
            points.append(points[-1] + length / steps * np.array([np.cos(heading), np.sin(heading)]))
        return np.array(points)

    def _stroke(
        self,
        paint: ImageDraw.ImageDraw,
        relief: ImageDraw.ImageDraw,
        line: NDArray[np.float64],
        tone: Picture,
        brush: Brush,
    ) -> None:
        rng, times = self.sheet.rng, self.sheet.unit * self.TIMES
        along = np.gradient(line, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], 1)
        across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
        taper = np.sin(np.linspace(0.25, np.pi - 0.15, len(line)))[:, None] ** 0.4
        thick = max(1, round(1.5 * brush.width / brush.bristles * times))
        half = brush.width / 2 * times
        for offset in np.linspace(-1, 1, brush.bristles):
            bristle = line + across * taper * half * (offset + rng.normal(0, 0.06))
            first, last = rng.integers(0, 2), len(line) - rng.integers(0, 3)
            points = [tuple(point) for point in bristle[first:last]]
            shade = np.clip(tone * (1 + rng.normal(0, 0.06)), 0, 1)
            paint.line(points, fill=tuple(int(255 * part) for part in shade), width=thick)
            height = int(np.clip(120 + 70 * (1 - offset**2) + rng.normal(0, 32), 0, 255))
            relief.line(points, fill=height, width=thick)


def dabs(
    sheet: Sheet,
    picture: Picture,
    spacing: float,
    size: float,
    tones: Picture,
    squash: float = 1.0,
) -> Picture:
    """Set round dabs of colour on a jittered lattice.

    Args:
        sheet: the picture's size and chance.
        picture: what lies below.
        spacing: between dabs, in units.
        size: a dab's diameter, in units.
        tones: (H, W, 3), the colour to take at each place.
        squash: a dab's height as a share of its width.
    """
    rng, unit, times = sheet.rng, sheet.unit, 2
    wide, high = sheet.extent
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    image = image.resize((sheet.width * times, sheet.height * times), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(image)
    rows, columns = np.mgrid[-1 : high / spacing + 1, -1 : wide / spacing + 1]
    centres = np.stack([columns.ravel() + 0.5 * (rows.ravel() % 2), rows.ravel()], 1) * spacing
    centres += rng.uniform(-0.45, 0.45, centres.shape) * spacing
    rng.shuffle(centres)
    for x, y in centres:
        row = int(np.clip(y * unit, 0, sheet.height - 1))
        column = int(np.clip(x * unit, 0, sheet.width - 1))
        half = 0.5 * size * rng.uniform(0.75, 1.25) * unit * times
        fill = tuple(int(255 * part) for part in np.clip(tones[row, column], 0, 1))
        centre = x * unit * times, y * unit * times
        box = (centre[0] - half, centre[1] - half * squash, centre[0] + half, centre[1] + half * squash)
        pen.ellipse(box, fill=fill)
    return np.asarray(image.reduce(times), np.float32) / 255
