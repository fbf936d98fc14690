"""The targets of the losses at one scale, measured once from the photo and the styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.errors import RecipeError
from engine.losses.content import feature_energy
from engine.losses.gram import gram_energy, gram_matrix
from engine.losses.layers import LossLayers
from engine.losses.patches import PatchBank, PatchTarget, holds_patches, match
from engine.losses.regions import Region, layer_mask, split_into_regions
from engine.losses.weights import loss_weights
from engine.recipe import Recipe

_TILE = 1024
"""A style with a longer side than this is measured in tiles, so that memory stays bounded."""


class GramTarget(NamedTuple):
    """One layer's Gram matrices (R, C, C), energies (R,), masks (R, h, w, 1) or (0, 1, 1, 1), by region."""

    grams: tf.Tensor
    energies: tf.Tensor
    masks: tf.Tensor


class ContentTarget(NamedTuple):
    """One layer's content features (1, h, w, C), their weight (1, h, w, 1) and their energy ()."""

    features: tf.Tensor
    weight: tf.Tensor
    energy: tf.Tensor


class Targets(NamedTuple):
    """All that the losses compare a picture with, as tensors; the keys of each dict are layers.

    Attributes:
        shares: (R,) each region's part of the style loss.
        loss_weights: (4,) weights of the content, Gram, patch and total variation losses.
    """

    grams: dict[str, GramTarget]
    gram_weights: tf.Tensor
    shares: tf.Tensor
    contents: dict[str, ContentTarget]
    content_weights: tf.Tensor
    patches: dict[str, PatchTarget]
    loss_weights: tf.Tensor


class SourceFeatures:
    """The features of the photo and the styles at one scale, from which targets are mixed."""

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
        self._backbone = backbone
        self._loss_layers = LossLayers.of(recipe, backbone)
        self._size = content.shape[:2]
        self._regions = split_into_regions(masks, self._size)
        self._seed = recipe.seed
        self._measure_content(content, content_mask)
        self._measure_styles(styles, with_patches=recipe.patch_share > 0)

    def _measure_content(self, content: Array, mask: Array | None) -> None:
        loss_layers = self._loss_layers
        features = self._backbone.features(tf.constant(content[None]), loss_layers.layers)
        self._contents = {
            layer: ContentTarget(
                features[layer],
                tf.ones([1, 1, 1, 1]) if mask is None else layer_mask(mask, features[layer].shape[1:3]),
                feature_energy(features[layer]),
            )
            for layer in loss_layers.content
        }
        self._masks = {layer: _layer_masks(self._regions, features[layer]) for layer in loss_layers.style}
        self._content_grams = {
            layer: [gram_matrix(features[layer], mask)[0] for mask in self._masks[layer] or [None]]
            for layer in loss_layers.style
        }
        self._patch_masks = {
            layer: _layer_masks(self._regions, features[layer])
            for layer in loss_layers.patch
            if holds_patches(features[layer])
        }

    def _measure_styles(self, styles: Sequence[Array], *, with_patches: bool) -> None:
        self._style_grams: list[dict[str, tf.Tensor]] = []
        self._banks: list[dict[str, PatchBank]] = []
        for style in styles:
            grams, bank = _measure_style(self._backbone, style, self._loss_layers, with_patches, self._seed)
            self._style_grams.append(grams)
            self._banks.append(bank)

    def targets(self, recipe: Recipe, painting: tf.Tensor) -> Targets:
        """Mix the styles and weight the losses as a recipe says.

        Args:
            recipe: its steerable fields may have changed since the painting began.
            painting: (1, H, W, 3) float32, whose patches are matched.
        """
        mix = style_mix(recipe, len(self._style_grams))
        patches = self.matches(recipe, painting)
        # If no layer has patches, the Gram loss gets the weight of the patch loss.
        weighted = recipe if patches else recipe.changed(patch_share=0)
        return Targets(
            {layer: self._gram_target(layer, mix) for layer in self._loss_layers.style},
            tf.constant(self._loss_layers.style_weights),
            tf.constant(_region_shares(self._regions, mix)),
            self._contents,
            tf.constant(self._loss_layers.content_weights),
            patches,
            tf.constant(loss_weights(weighted), tf.float32),
        )

    def matches(self, recipe: Recipe, painting: tf.Tensor) -> dict[str, PatchTarget]:
        """Match the painting's patches with the styles' at each patch layer.

        The result is empty if the recipe asks for no patches. A layer is left
        out if the map of the photo or of a style is too small for a patch
        there, as that of a high layer is at a coarse scale.
        """
        layers = () if recipe.patch_share == 0 else self._patch_layers
        if not layers:
            return {}
        mix = style_mix(recipe, len(self._banks))
        shares = [float(mix[list(region.styles)].max() / mix.max()) for region in self._regions]
        features = self._backbone.features(painting, layers)
        return {
            layer: match(
                features[layer],
                [
                    PatchBank.mix([self._banks[i][layer] for i in region.styles], mix[list(region.styles)])
                    for region in self._regions
                ],
                self._patch_masks[layer],
                shares,
            )
            for layer in layers
        }

    @property
    def _patch_layers(self) -> tuple[str, ...]:
        """The layers at which the photo and all the styles have patches."""
        return tuple(
            layer
            for layer in self._loss_layers.patch
            if layer in self._patch_masks and all(layer in bank for bank in self._banks)
        )

    def _gram_target(self, layer: str, mix: Array) -> GramTarget:
        """Mix the Gram matrices of each region's styles.

        The weighted sum of squared distances to several matrices is the
        squared distance to their weighted mean, plus a constant that no
        picture can change. So styles that share a region cost no more than one.
        """
        grams = []
        for region in self._regions:
            share = mix[list(region.styles)]
            share = share / max(share.sum(), 1e-12)
            grams.append(
                tf.add_n([self._style_grams[i][layer] * w for i, w in zip(region.styles, share, strict=True)])
            )
        energies = [gram_energy(g, c) for g, c in zip(grams, self._content_grams[layer], strict=True)]
        masks = self._masks[layer]
        return GramTarget(
            tf.stack(grams), tf.stack(energies), tf.concat(masks, 0) if masks else tf.zeros([0, 1, 1, 1])
        )


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


def _region_shares(regions: Sequence[Region], mix: Array) -> Array:
    """Weight each region by its area and by the largest share of its styles."""
    largest = mix.max()
    return np.array([r.area * mix[list(r.styles)].max() / largest for r in regions], np.float32)


def _layer_masks(regions: Sequence[Region], features: tf.Tensor) -> list[tf.Tensor]:
    return [layer_mask(r.mask, features.shape[1:3]) for r in regions if r.mask is not None]


def _measure_style(
    backbone: Backbone, style: Array, loss_layers: LossLayers, with_patches: bool, seed: int
) -> tuple[dict[str, tf.Tensor], dict[str, PatchBank]]:
    """Average a style's Gram matrices over its tiles, and collect its patches."""
    layers = loss_layers.style + (loss_layers.patch if with_patches else ())
    grams: dict[str, tf.Tensor] = {}
    patch_maps: dict[str, list[tf.Tensor]] = {layer: [] for layer in loss_layers.patch if with_patches}
    for tile, share in style_tiles(style):
        features = backbone.features(tf.constant(tile[None]), layers)
        for layer in loss_layers.style:
            grams[layer] = grams.get(layer, 0.0) + gram_matrix(features[layer])[0] * share
        for layer, maps in patch_maps.items():
            if holds_patches(features[layer]):
                maps.append(features[layer])
    return grams, {layer: PatchBank.of(maps, seed) for layer, maps in patch_maps.items() if maps}


def style_tiles(style: Array) -> list[tuple[Array, float]]:
    """Cut a style into equal tiles with sides of at most `_TILE`; return each with its share of the area."""
    height, width = style.shape[:2]
    rows, columns = -(-height // _TILE), -(-width // _TILE)
    return [
        (tile, tile.shape[0] * tile.shape[1] / (height * width))
        for row in np.array_split(style, rows, axis=0)
        for tile in np.array_split(row, columns, axis=1)
    ]
