"""Check masks against the photo that they belong to. Loads no TensorFlow."""

from __future__ import annotations

import numpy as np

from engine.errors import MaskError
from engine.imaging.decoding import Floats

MIN_AREA = 0.001
"""A region smaller than this share of the picture counts as empty."""


def check_mask(mask: Floats, size: tuple[int, int], owner: str) -> Floats:
    """Return a mask as float32 if it fits a picture of this size.

    Args:
        mask: (h, w) in [0, 1], with the photo's proportions at any resolution.
        size: the photo's (height, width).
        owner: what the mask is for, to name it in the error, such as "style 2".

    Raises:
        MaskError: the mask has other proportions, values outside [0, 1], or is black.
    """
    if mask.ndim != 2 or min(mask.shape) < 1:
        raise MaskError(f"The mask of {owner} is not a greyscale picture.", code="mask-colour")
    (height, width), (rows, columns) = size, mask.shape
    # Allow one pixel of rounding in the smaller of the two.
    if abs(height * columns - width * rows) > max(height, width, rows, columns):
        raise MaskError(
            f"The mask of {owner} is {columns}×{rows} px, which does not match the shape of the photo "
            f"({width}×{height} px).",
            code="mask-shape",
        )
    if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
        raise MaskError(f"The mask of {owner} has values outside 0 to 1.", code="mask-values")
    if mask.mean() < MIN_AREA:
        raise MaskError(f"The mask of {owner} covers nothing: it is black all over.", code="mask-empty")
    return np.asarray(mask, np.float32)
