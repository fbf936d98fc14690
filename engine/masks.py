"""Where each style goes: masks, checked, and scaled to the maps of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.errors import MaskError
from engine.images import resize

_LEAST_AREA = 0.001
"""A region smaller than a thousandth of the picture covers nothing."""


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the picture and the styles that share it.

    Attributes:
        styles: their places in the list of styles.
        mask: (H, W) float32 in [0, 1], or None for the whole picture.
        area: the mask's mean, in (0, 1].
    """

    styles: tuple[int, ...]
    mask: Array | None
    area: float


def check_mask(mask: Array, size: tuple[int, int], owner: str) -> Array:
    """Return a mask if it belongs to a picture of this size.

    Args:
        mask: (h, w) in [0, 1], of the photo's shape at any resolution.
        size: the photo's (height, width).
        owner: what it is for, as the error calls it, such as "style 2".

    Raises:
        MaskError: it has another shape, values outside [0, 1], or is black.
    """
    if mask.ndim != 2 or min(mask.shape) < 1:
        raise MaskError(f"The mask of {owner} is not a greyscale picture.")
    (height, width), (rows, columns) = size, mask.shape
    # One pixel of rounding in the smaller of the two is no other shape.
    if abs(height * columns - width * rows) > max(height, width, rows, columns):
        raise MaskError(
            f"The mask of {owner} is {columns}×{rows} px, which is not the shape of the photo "
            f"({width}×{height} px)."
        )
    if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
        raise MaskError(f"The mask of {owner} has values outside 0 to 1.")
    if mask.mean() < _LEAST_AREA:
        raise MaskError(f"The mask of {owner} covers nothing: it is black all over.")
    return np.asarray(mask, np.float32)


def regions_of(masks: Sequence[Array | None], size: tuple[int, int]) -> list[Region]:
    """Divide a picture between styles.

    A style with a mask has that region to itself; styles without one share
    what the masks leave: the whole picture when there are none.

    Args:
        masks: one entry for each style.
        size: (height, width) that the regions' masks get.

    Raises:
        MaskError: the masks leave nothing for the styles without one.
    """
    fitted = {i: np.clip(resize(mask, size), 0, 1) for i, mask in enumerate(masks) if mask is not None}
    free = tuple(i for i in range(len(masks)) if i not in fitted)
    if not fitted:
        return [Region(free, None, 1.0)]
    regions = [Region((i,), mask, float(mask.mean())) for i, mask in fitted.items()]
    if free:
        rest = np.clip(1 - sum(fitted.values()), 0, 1).astype(np.float32)
        if rest.mean() < _LEAST_AREA:
            raise MaskError(f"The masks leave nothing of the picture for style {free[0] + 1}.")
        regions.append(Region(free, rest, float(rest.mean())))
    return regions


def layer_mask(mask: Array, size: Sequence[int]) -> tf.Tensor:
    """Scale a mask to a layer's map by averaging: (1, h, w, 1) float32."""
    scaled = tf.image.resize(mask[None, :, :, None], list(size), "area")
    return tf.cast(scaled, tf.float32)
