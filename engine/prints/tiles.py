"""How a large picture is cut into tiles that a network sees as if it saw the whole.

A tile is an inner part, which it answers for, and a halo around it, as wide as
a position of the deepest layer can see. Inner parts begin on the grid of the
deepest pooling, so that each position of each layer lies in one tile only; at
the picture's border there is no halo, and the network's own reflection is the
whole picture's. Loads no TensorFlow.
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


_NUMBERS_A_PIXEL = 640
"""So many numbers of its maps a network holds at once for each pixel that it sees, forwards and back."""
_SHARE = 0.6


SIDES = (1280, 1024, 896, 768, 640, 512, 384, 256)
"""How large a tile with its halo may be, in pixels; the smaller, the less memory and the more work."""


class Box(NamedTuple):
    """A part of a picture or of a map: rows from top up to bottom, columns from left up to right."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The same as rows and columns of an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    def over(self, stride: int) -> Box:
        """Return the same part of a map smaller by `stride`; an odd edge has a position of its own."""
        return Box(
            self.top // stride, -(-self.bottom // stride), self.left // stride, -(-self.right // stride)
        )

    def within(self, outer: Box) -> Box:
        """Return this part in the coordinates of another that contains it."""
        top, left = outer.top, outer.left
        return Box(self.top - top, self.bottom - top, self.left - left, self.right - left)


class HasReceptiveRadius(Protocol):
    """A network, as far as it matters here."""

    def receptive_radius(self, layer: str) -> int:
        """See `engine.backbones.Backbone.receptive_radius`."""


class Tile(NamedTuple):
    """What a tile answers for, and what the network must see for that."""

    inner: Box
    outer: Box


@dataclass(frozen=True)
class Reach:
    """What tiles must heed for some layers.

    Attributes:
        grid: inner parts begin at multiples of it.
        halo: so far a position of a layer can see, rounded up to the grid.
    """

    grid: int
    halo: int


def reach(backbone: HasReceptiveRadius, layers: Sequence[str]) -> Reach:
    """Return the grid and the halo of some layers of a network."""
    grid = max(stride(layer) for layer in layers)
    seen = max(backbone.receptive_radius(layer) for layer in layers)
    return Reach(grid, -(-seen // grid) * grid)


def cut(size: tuple[int, int], reach: Reach, side: int) -> list[Tile]:
    """Cut a picture of (height, width) into tiles of about equal size, row by row.

    Args:
        size: of the picture.
        reach: of the layers that are looked at.
        side: the most pixels that a tile with its halo should have each way.
    """
    height, width = size
    rows, columns = _parts(height, reach, side), _parts(width, reach, side)
    return [
        Tile(
            Box(top, bottom, left, right),
            Box(
                max(0, top - reach.halo),
                min(height, bottom + reach.halo),
                max(0, left - reach.halo),
                min(width, right + reach.halo),
            ),
        )
        for top, bottom in rows
        for left, right in columns
    ]


def _parts(length: int, reach: Reach, side: int) -> list[tuple[int, int]]:
    """Divide a length into even parts that begin on the grid."""
    cells = -(-length // reach.grid)
    most = max(1, (side - 2 * reach.halo) // reach.grid)
    # What fits with a halo on no side needs no cut.
    count = 1 if length <= side else -(-cells // most)
    ends = [min(length, round(cells * part / count) * reach.grid) for part in range(count + 1)]
    return list(pairwise(ends))


def tile_side(size: tuple[int, int], number_bytes: int) -> int:
    """Choose how large a tile may be, so that a picture of any size fits this machine.

    Args:
        size: the picture's (height, width).
        number_bytes: of the numbers that the network computes in.
    """
    free = available_bytes()
    room = MAX_TILE_BYTES if free is None else _SHARE * (free - PRINT_BYTES_PER_PIXEL * size[0] * size[1])
    room = min(room, MAX_TILE_BYTES)
    fits = [side for side in SIDES if side * side * _NUMBERS_A_PIXEL * number_bytes <= room]
    side = fits[0] if fits else SIDES[-1]
    if room < MAX_TILE_BYTES:
        _log.warning("memory is short: tiles of at most %s px", side)
    return side
