"""Picture sizes, and the size above which a picture is painted in tiles. Loads no TensorFlow."""

from __future__ import annotations

MAX_UNTILED_PIXELS = 1_400_000
"""Larger pictures are painted in tiles."""
PRINT_BYTES_PER_PIXEL = 90
"""Memory for each pixel of a print: the picture, its gradient, Adam's means and the photo."""
MAX_TILE_BYTES = 2_800_000_000
"""The most memory that the network may take for one tile."""


def fitted_size(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    """Return the (height, width) of the same shape whose longer side is `longer_side`."""
    height, width = size
    scale = longer_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def needs_tiles(size: tuple[int, int]) -> bool:
    """Return whether a picture of (height, width) is painted in tiles."""
    return size[0] * size[1] > MAX_UNTILED_PIXELS
