"""Masks, checked against the photo that they belong to. Loads no TensorFlow."""

from __future__ import annotations

import numpy as np

from engine.errors import MaskError
from engine.imaging.decoding import Floats

LEAST_AREA = 0.001
"""A region smaller than a thousandth of the picture covers nothing."""


def check_mask(mask: Floats, size: tuple[int, int], owner: str) -> Floats:
    """Return a mask if it belongs to a picture of this size.

    Args:
        mask: (h, w) in [0, 1], of the photo's shape at any resolution.
        size: the photo's (height, width).
        owner: what it is for, as the error calls it, such as "style 2".

    Raises:
        MaskError: it has another shape, values outside [0, 1], or is black.
    """
    if mask.ndim != 2 or min(mask.shape) < 1:
        raise MaskError(f"The mask of {owner} is not a greyscale picture.", code="mask-colour")
    (height, width), (rows, columns) = size, mask.shape
    # One pixel of rounding in the smaller of the two is no other shape.
    if abs(height * columns - width * rows) > max(height, width, rows, columns):
        raise MaskError(
            f"The mask of {owner} is {columns}×{rows} px, which is not the shape of the photo "
            f"({width}×{height} px).",
            code="mask-shape",
        )
    if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
        raise MaskError(f"The mask of {owner} has values outside 0 to 1.", code="mask-values")
    if mask.mean() < LEAST_AREA:
        raise MaskError(f"The mask of {owner} covers nothing: it is black all over.", code="mask-empty")
    return np.asarray(mask, np.float32)
