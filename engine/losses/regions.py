"""Regions of the picture, the shares of their styles, and masks scaled to a network's maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.errors import MaskError, RecipeError
from engine.imaging.images import resize
from engine.imaging.masks import MIN_AREA
from engine.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the picture and the styles that share it.

    Attributes:
        styles: their indices in the list of styles.
        mask: (H, W) float32 in [0, 1], or None for the whole picture.
        area: the mask's mean, in (0, 1].
    """

    styles: tuple[int, ...]
    mask: Array | None
    area: float


def split_into_regions(masks: Sequence[Array | None], size: tuple[int, int]) -> list[Region]:
    """Divide a picture into regions by the styles' masks.

    A style with a mask has that region to itself. Styles without a mask share
    what the masks leave, which is the whole picture if there are no masks.

    Args:
        masks: a mask or None for each style.
        size: the (height, width) to scale the masks to.

    Raises:
        MaskError: the masks leave nothing for the styles without one.
    """
    scaled = {i: np.clip(resize(mask, size), 0, 1) for i, mask in enumerate(masks) if mask is not None}
    unmasked = tuple(i for i in range(len(masks)) if i not in scaled)
    if not scaled:
        return [Region(unmasked, None, 1.0)]
    regions = [Region((i,), mask, float(mask.mean())) for i, mask in scaled.items()]
    if unmasked:
        rest = np.clip(1 - sum(scaled.values()), 0, 1).astype(np.float32)
        if rest.mean() < MIN_AREA:
            raise MaskError(
                f"The masks cover the whole picture and leave nothing for style {unmasked[0] + 1}.",
                code="masks-cover-all",
            )
        regions.append(Region(unmasked, rest, float(rest.mean())))
    return regions


def layer_mask(mask: Array, size: Sequence[int]) -> tf.Tensor:
    """Scale a mask to the size of a layer's map by averaging; return (1, h, w, 1) float32."""
    scaled = tf.image.resize(mask[None, :, :, None], list(size), "area")
    return tf.cast(scaled, tf.float32)


def style_mix(recipe: Recipe, styles: int) -> Array:
    """Return each style's share, (N,) float32 that sums to 1.

    Raises:
        RecipeError: the number of weights is not the number of styles.
    """
    weights = np.array(recipe.style_weights or (1.0,) * styles, np.float32)
    if len(weights) != styles:
        raise RecipeError(
            "style_weights",
            f"There are {len(weights)} style weights for {styles} styles; give one for each, or none.",
            code="weight-count",
        )
    return np.asarray(weights / weights.sum(), np.float32)


def region_shares(regions: Sequence[Region], mix: Array) -> Array:
    """Weight each region by its area and by the largest share of its styles."""
    largest = mix.max()
    return np.array([r.area * mix[list(r.styles)].max() / largest for r in regions], np.float32)
