"""Sizes of pictures, and from which one a picture is painted in tiles. Loads no TensorFlow."""

from __future__ import annotations

MOST_WHOLE_PIXELS = 1_400_000
"""Larger pictures are painted in tiles."""
PICTURE_BYTES = 90
"""What a large picture itself takes for each pixel: itself, its gradient, Adam's means, the photo."""
MOST_TILE_BYTES = 2_800_000_000
"""What the network may take for one tile."""


def fitted_size(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    """Return the (height, width) of the same shape whose longer side is `longer_side`."""
    height, width = size
    scale = longer_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def is_large(size: tuple[int, int]) -> bool:
    """Tell whether a picture of (height, width) is painted in tiles."""
    return size[0] * size[1] > MOST_WHOLE_PIXELS
