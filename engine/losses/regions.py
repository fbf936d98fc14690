"""Where each style goes: regions of the picture, and masks scaled to the maps of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.errors import MaskError
from engine.imaging.images import resize
from engine.imaging.masks import MIN_AREA


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
        if rest.mean() < MIN_AREA:
            raise MaskError(
                f"The masks leave nothing of the picture for style {free[0] + 1}.", code="masks-cover-all"
            )
        regions.append(Region(free, rest, float(rest.mean())))
    return regions


def layer_mask(mask: Array, size: Sequence[int]) -> tf.Tensor:
    """Scale a mask to a layer's map by averaging: (1, h, w, 1) float32."""
    scaled = tf.image.resize(mask[None, :, :, None], list(size), "area")
    return tf.cast(scaled, tf.float32)
