"""What a painting is made from: the network, the photo, the styles and their masks, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.backbones import Array, Backbone
from engine.errors import ImageError, RecipeError
from engine.imaging.images import MIN_STYLE_SIDE, resize
from engine.imaging.masks import check_mask
from engine.losses.layers import LossLayers
from engine.losses.targets import SourceFeatures, style_mix
from engine.prints.objective import tiled_objective_through
from engine.prints.source_features import TiledSourceFeatures
from engine.recipe import MAX_STYLES, Recipe
from engine.recipe.paper import result_size
from engine.recipe.scales import MIN_SIDE

_MOST_STYLE_SIDE = 3072
"""The longer side that a style is enlarged to at most, to bound time and memory."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The material of one painting.

    Attributes:
        backbone: the network to compare through.
        content: (H, W, 3) float32, the photo at the finest scale.
        styles: (h, w, 3) each, as given.
        masks: one for each style, as given, or None.
        content_mask: as given, or None.
        scratch: where a print's features are kept on disk, or None for the system's folder.
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
        """Check the material against the recipe: see `Painting.begin`."""
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
        LossLayers.of(recipe, backbone)
        style_mix(recipe, len(styles))
        size = content.shape[:2]
        given = list(masks) or [None] * len(styles)
        return cls(
            backbone,
            resize(content, result_size(recipe, (size[0], size[1]))),
            tuple(styles),
            tuple(
                None if mask is None else check_mask(mask, (size[0], size[1]), f"style {number}")
                for number, mask in enumerate(given, start=1)
            ),
            None if content_mask is None else check_mask(content_mask, (size[0], size[1]), "the photo"),
            scratch,
        )

    def at(self, size: tuple[int, int], recipe: Recipe) -> SourceFeatures:
        """Measure everything at one scale."""
        content, styles = self._scaled(size, recipe)
        return SourceFeatures(
            self.backbone, recipe, content, styles, masks=self.masks, content_mask=self.content_mask
        )

    def in_tiles(self, size: tuple[int, int], recipe: Recipe) -> TiledSourceFeatures:
        """Get ready to measure everything at one scale, tile by tile."""
        content, styles = self._scaled(size, recipe)
        return TiledSourceFeatures(
            tiled_objective_through(self.backbone),
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


def _check_picture(picture: Array, owner: str, least: int) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.float32:
        raise ImageError(
            f"{owner} is not an RGB picture in float32, (height, width, 3).", code="picture-array"
        )
    if min(picture.shape[:2]) < least:
        height, width = picture.shape[:2]
        raise ImageError(
            f"{owner} has {width}×{height} px; at least {least} px are needed each way.",
            code="picture-too-small",
        )
    if not np.isfinite(picture).all() or picture.min() < 0 or picture.max() > 1:
        raise ImageError(f"{owner} has values outside 0 to 1.", code="picture-values")


def _scaled_style(style: Array, longer_side: int, style_scale: float) -> Array:
    """Resize a style so that its strokes have the wanted size on a canvas of this longer side."""
    height, width = style.shape[:2]
    wanted = min(longer_side * style_scale / 100, _MOST_STYLE_SIDE)
    # No side may vanish in the network, however small the brush.
    scale = max(wanted / max(height, width), MIN_SIDE / min(height, width))
    return resize(style, (round(height * scale), round(width * scale)))
