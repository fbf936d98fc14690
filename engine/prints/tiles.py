"""Cuts a large picture into tiles whose features are the same as in the full picture.

A tile is an inner part, whose features are measured, and a halo around it, as
wide as the receptive field of the deepest layer reaches. Inner parts begin on
the grid of the deepest pooling, so that each position of each layer lies in one
tile only. At the picture's border there is no halo, so the network pads a tile
as it would pad the full picture. Loads no TensorFlow.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

from engine.backbones.interface import stride
from engine.backbones.memory import available_bytes
from engine.recipe.sizes import MAX_TILE_BYTES, PRINT_BYTES_PER_PIXEL

_log = logging.getLogger(__name__)

_VALUES_PER_PIXEL = 640
"""A network holds this many values of its maps at once for each pixel, forwards and backwards."""
_MEMORY_SHARE = 0.6
"""The share of the free memory that a tile may take."""

TILE_SIDES = (1280, 1024, 896, 768, 640, 512, 384, 256)
"""The sides of a tile with its halo, in pixels; smaller ones take less memory and more work."""


class Box(NamedTuple):
    """A rectangle of a picture or of a map: rows top to bottom, columns left to right, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rows and columns of an array that the box covers."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    def at_stride(self, stride: int) -> Box:
        """Return the box in a map that is `stride` times smaller; a remainder at the edge counts as one."""
        return Box(
            self.top // stride, -(-self.bottom // stride), self.left // stride, -(-self.right // stride)
        )

    def relative_to(self, outer: Box) -> Box:
        """Return the box in the coordinates of another that contains it."""
        top, left = outer.top, outer.left
        return Box(self.top - top, self.bottom - top, self.left - left, self.right - left)


class HasReceptiveRadius(Protocol):
    """The part of `engine.backbones.Backbone` that tiles depend on."""

    def receptive_radius(self, layer: str) -> int:
        """See `engine.backbones.Backbone.receptive_radius`."""


class Tile(NamedTuple):
    """The part that is measured, and that part with its halo, which the network must see."""

    inner: Box
    outer: Box


@dataclass(frozen=True)
class TileLayout:
    """The constraints on tiles for some layers.

    Attributes:
        grid: the inner part of a tile begins at a multiple of this, in pixels.
        halo: how far the receptive field of a position reaches, in pixels, rounded up to the grid.
    """

    grid: int
    halo: int


def tile_layout(backbone: HasReceptiveRadius, layers: Sequence[str]) -> TileLayout:
    """Return the layout of tiles for some layers of a network."""
    grid = max(stride(layer) for layer in layers)
    radius = max(backbone.receptive_radius(layer) for layer in layers)
    return TileLayout(grid, -(-radius // grid) * grid)


def cut_tiles(size: tuple[int, int], layout: TileLayout, side: int) -> list[Tile]:
    """Cut a picture of (height, width) into tiles of about equal size, row by row.

    Args:
        size: of the picture.
        layout: for the layers that are compared.
        side: the most pixels that a tile with its halo should have each way.
    """
    height, width = size
    rows, columns = _parts(height, layout, side), _parts(width, layout, side)
    return [
        Tile(
            Box(top, bottom, left, right),
            Box(
                max(0, top - layout.halo),
                min(height, bottom + layout.halo),
                max(0, left - layout.halo),
                min(width, right + layout.halo),
            ),
        )
        for top, bottom in rows
        for left, right in columns
    ]


def _parts(length: int, layout: TileLayout, side: int) -> list[tuple[int, int]]:
    """Divide a length into even parts that begin on the grid; return the start and end of each."""
    cells = -(-length // layout.grid)
    most = max(1, (side - 2 * layout.halo) // layout.grid)
    # A length that fits in one tile needs no halo, since both of its ends are at the border.
    count = 1 if length <= side else -(-cells // most)
    ends = [min(length, round(cells * part / count) * layout.grid) for part in range(count + 1)]
    return list(pairwise(ends))


def tile_side(size: tuple[int, int], value_bytes: int) -> int:
    """Choose the side of a tile with its halo, so that a picture of any size fits in this machine's memory.

    Args:
        size: the picture's (height, width).
        value_bytes: the size of one value in the type that the network computes in.
    """
    free = available_bytes()
    budget = (
        MAX_TILE_BYTES if free is None else _MEMORY_SHARE * (free - PRINT_BYTES_PER_PIXEL * size[0] * size[1])
    )
    budget = min(budget, MAX_TILE_BYTES)
    fits = [side for side in TILE_SIDES if side * side * _VALUES_PER_PIXEL * value_bytes <= budget]
    side = fits[0] if fits else TILE_SIDES[-1]
    if budget < MAX_TILE_BYTES:
        _log.warning("memory is short: tiles of at most %s px", side)
    return side
