"""The checked inputs of a painting: the network, the photo, the styles and their masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.backbones import Array, Backbone
from engine.errors import ImageError, RecipeError
from engine.imaging.images import MIN_STYLE_SIDE, resize
from engine.imaging.masks import check_mask
from engine.losses.loss import compared_layers
from engine.losses.regions import style_mix
from engine.losses.targets import SourceFeatures
from engine.prints.objective import tiled_objective_for
from engine.prints.source_features import TiledSourceFeatures
from engine.recipe import MAX_STYLES, Recipe
from engine.recipe.paper import result_size
from engine.recipe.scales import MIN_SIDE

_MAX_STYLE_SIDE = 3072
"""The longer side of a style is enlarged to this at most, to bound time and memory."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The network and the pictures that one painting is made from.

    Attributes:
        backbone: the network whose features are compared.
        content: (H, W, 3) float32, the photo at the finest scale.
        styles: (h, w, 3) float32 each, at their own sizes.
        masks: a mask or None for each style, at the photo's own size.
        content_mask: a mask at the photo's own size, or None.
        scratch: the folder on disk for a print's features; None is the system's for temporary files.
    """

    backbone: Backbone
    content: Array
    styles: tuple[Array, ...]
    masks: tuple[Array | None, ...]
    content_mask: Array | None
    scratch: Path | None = None

    @classmethod
    def of(
        cls,
        content: Array,
        styles: Sequence[Array],
        recipe: Recipe,
        backbone: Backbone,
        *,
        masks: Sequence[Array | None] = (),
        content_mask: Array | None = None,
        scratch: Path | None = None,
    ) -> Inputs:
        """Check the inputs against the recipe; see `Painting.begin` for arguments and errors."""
        _check_picture(content, "The photo", 1)
        if not 1 <= len(styles) <= MAX_STYLES:
            raise ImageError(
                f"There must be 1 to {MAX_STYLES} styles, not {len(styles)}.", code="style-count"
            )
        for number, style in enumerate(styles, start=1):
            _check_picture(style, f"Style {number}", MIN_STYLE_SIDE)
        if len(masks) not in (0, len(styles)):
            raise RecipeError(
                "masks",
                f"There are {len(masks)} masks for {len(styles)} styles; give one for each, or none.",
                code="mask-count",
            )
        compared_layers(recipe, backbone)
        style_mix(recipe, len(styles))
        size = content.shape[:2]
        all_masks = list(masks) or [None] * len(styles)
        return cls(
            backbone,
            resize(content, result_size(recipe, (size[0], size[1]))),
            tuple(styles),
            tuple(
                None if mask is None else check_mask(mask, (size[0], size[1]), f"style {number}")
                for number, mask in enumerate(all_masks, start=1)
            ),
            None if content_mask is None else check_mask(content_mask, (size[0], size[1]), "the photo"),
            scratch,
        )

    def source_features(self, size: tuple[int, int], recipe: Recipe) -> SourceFeatures:
        """Measure the photo and the styles at one scale, (height, width)."""
        content, styles = self._scaled(size, recipe)
        return SourceFeatures(
            self.backbone, recipe, content, styles, masks=self.masks, content_mask=self.content_mask
        )

    def tiled_source_features(self, size: tuple[int, int], recipe: Recipe) -> TiledSourceFeatures:
        """Prepare to measure the photo and the styles at one scale, (height, width), tile by tile."""
        content, styles = self._scaled(size, recipe)
        return TiledSourceFeatures(
            tiled_objective_for(self.backbone),
            self.backbone,
            recipe,
            content,
            styles,
            masks=self.masks,
            content_mask=self.content_mask,
            scratch=self.scratch,
        )

    def _scaled(self, size: tuple[int, int], recipe: Recipe) -> tuple[Array, list[Array]]:
        styles = [_scaled_style(style, max(size), recipe.style_scale) for style in self.styles]
        return resize(self.content, size), styles


def _check_picture(picture: Array, name: str, min_side: int) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.float32:
        raise ImageError(
            f"{name} is not an RGB picture in float32, (height, width, 3).", code="picture-array"
        )
    if min(picture.shape[:2]) < min_side:
        height, width = picture.shape[:2]
        raise ImageError(
            f"{name} has {width}×{height} px; it needs at least {min_side} px each way.",
            code="picture-too-small",
        )
    if not np.isfinite(picture).all() or picture.min() < 0 or picture.max() > 1:
        raise ImageError(f"{name} has values outside 0 to 1.", code="picture-values")


def _scaled_style(style: Array, longer_side: int, style_scale: float) -> Array:
    """Resize a style so that its strokes have the right size in a picture of this longer side."""
    height, width = style.shape[:2]
    style_side = min(longer_side * style_scale / 100, _MAX_STYLE_SIDE)
    # However small the strokes, no side may vanish in the network.
    scale = max(style_side / max(height, width), MIN_SIDE / min(height, width))
    return resize(style, (round(height * scale), round(width * scale)))
