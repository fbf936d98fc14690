"""The targets of the losses at one scale, measured once from the photo and the styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.losses.loss import Loss, Maps, Part, Scene, Target, active_losses, losses
from engine.losses.regions import split_into_regions
from engine.losses.weights import loss_weights, role_losses
from engine.recipe import Recipe
from engine.recipe.scales import StepLimits

_TILE = 1024
"""A style with a longer side than this is measured in tiles, so that memory stays bounded."""


class Targets(NamedTuple):
    """All that a picture is compared with, as tensors, by the losses' names.

    Attributes:
        by_loss: what each loss compares with.
        weights: () each.
    """

    by_loss: dict[str, Target]
    weights: dict[str, tf.Tensor]

    def content_and_style(self, values: Mapping[str, Any], recipe: Recipe) -> tuple[float, float]:
        """Return the unweighted content and style losses from the values of all losses."""
        numbers = {name: float(value) for name, value in values.items()}
        roles = role_losses(numbers, recipe, [losses()[name] for name in self.by_loss])
        return roles["content"], roles["style"]


class SourceFeatures:
    """The features of the photo and the styles at one scale, from which targets are mixed.

    Args:
        backbone: the network whose features are compared.
        recipe: with the changes so far.
        content: (H, W, 3) the photo at this scale.
        styles: each at its size for this scale.
        masks: a mask or None for each style.
        content_mask: (h, w) or None.
    """

    def __init__(
        self,
        backbone: Backbone,
        recipe: Recipe,
        content: Array,
        styles: Sequence[Array],
        *,
        masks: Sequence[Array | None],
        content_mask: Array | None,
    ) -> None:
        size = content.shape[0], content.shape[1]
        self._backbone, self._styles, self._photo = backbone, styles, content
        regions = split_into_regions(masks, size)
        self._scene = Scene(recipe, backbone, size, len(styles), regions, content_mask)
        self._create_losses()
        self._measure()

    def _create_losses(self) -> None:
        self._losses = [loss(self._scene) for loss in self._choose_losses(self._scene.recipe)]

    def _choose_losses(self, recipe: Recipe) -> list[type[Loss]]:
        return active_losses(recipe)

    def _measure(self) -> None:
        image = tf.constant(self._photo[None])
        photo = Part.full(image, self._backbone.features(image, self.layers))
        for loss in self._losses:
            loss.add_photo(photo)
        self._photo_maps: Maps = {layer: photo.maps[layer] for layer in self._kept_layers}
        for _ in self._measure_styles():
            pass

    def _measure_styles(self) -> Iterator[None]:
        """Measure the styles; pause after each tile."""
        for number, style in enumerate(self._styles):
            for tile, share in style_tiles(style):
                maps = self._backbone.features(tf.constant(tile[None]), self.layers)
                for loss in self._losses:
                    loss.add_style(number, maps, share)
                yield

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a loss compares, once."""
        return tuple(dict.fromkeys(layer for loss in self._losses for layer in loss.layers))

    @property
    def _kept_layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(layer for loss in self._losses for layer in loss.kept_layers))

    @property
    def matching(self) -> dict[str, Loss]:
        """The losses that match a painting, by name."""
        return {loss.name: loss for loss in self._losses if loss.matched_layers}

    def due(self, step: int, limits: StepLimits) -> list[str]:
        """Return the losses that should match again before this step of the scale."""
        return [name for name, loss in self.matching.items() if loss.is_match_due(step, limits)]

    def match(self, name: str, recipe: Recipe, painting: tf.Tensor) -> Target:
        """Match a painting, (1, H, W, 3) float32, for a loss."""
        loss = self.matching[name]
        maps = self._backbone.features(painting, loss.matched_layers)
        return loss.target(recipe, self._photo_maps, Part.full(painting, maps))

    def targets(self, recipe: Recipe, matches: Mapping[str, Target]) -> Targets:
        """Mix the styles and weight the losses as a recipe says.

        Args:
            recipe: its steerable fields may have changed since the painting began.
            matches: of the losses that match, by name.
        """
        by_loss = {}
        for loss in self._losses:
            if target := matches.get(loss.name) or loss.target(recipe, self._photo_maps, None):
                by_loss[loss.name] = target
        weights = loss_weights(recipe, [losses()[name] for name in by_loss])
        return Targets(by_loss, {name: tf.constant(w, tf.float32) for name, w in weights.items()})


def style_tiles(style: Array) -> list[tuple[Array, float]]:
    """Cut a style into equal tiles with sides of at most `_TILE`; return each with its share of the area."""
    height, width = style.shape[:2]
    rows, columns = -(-height // _TILE), -(-width // _TILE)
    return [
        (tile, tile.shape[0] * tile.shape[1] / (height * width))
        for row in np.array_split(style, rows, axis=0)
        for tile in np.array_split(row, columns, axis=1)
    ]
