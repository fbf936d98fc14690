"""Gram matrices of feature maps, and the style loss that compares them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.losses.layers import LayerWeights, style_layers
from engine.losses.loss import Loss, Maps, Part, Scene, Target, weighted_layers
from engine.losses.regions import region_shares, style_mix
from engine.recipe import Recipe


def gram_matrix(features: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """Return the Gram matrix of a feature map: its channel co-activations, averaged over positions.

    Args:
        features: (B, H, W, C) activations of one layer, any float dtype.
        mask: (1, H, W, 1) float32 weights of the positions, in [0, 1], or None.

    Returns:
        (B, C, C) float32, symmetric positive semi-definite.

    References:
        Gatys et al. 2015, arXiv:1508.06576, Methods. Differs: divided by H * W,
        so that the size of the picture does not rescale the loss. With a mask,
        the guided Gram matrix of Gatys et al. 2017, arXiv:1611.07865, section 4:
        features times mask, divided by the sum of the squared mask.
    """
    return gram_sums(features, mask) / gram_divisor(tf.shape(features)[1:3], mask)


def gram_sums(features: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """Return what `gram_matrix` divides by `gram_divisor`; it adds up over the parts of a map."""
    return co_activations(features if mask is None else tf.cast(features, tf.float32) * mask)


def gram_divisor(size: Sequence[int], mask: tf.Tensor | None = None) -> tf.Tensor:
    """Return what the sums over a full map of (height, width) are divided by, () float32."""
    if mask is None:
        return tf.cast(size[0] * size[1], tf.float32)
    return tf.maximum(tf.reduce_sum(mask * mask), 1e-6)


@tf.custom_gradient
def co_activations(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Sum F' F over the positions of features (B, H, W, C); return (B, C, C) float32.

    The gradient F (G + G') takes one matrix product, where autodiff takes two.
    """
    flat = tf.cast(_flatten(features), tf.float32)
    sums = tf.matmul(flat, flat, transpose_a=True)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        symmetric = upstream + tf.linalg.matrix_transpose(upstream)
        return tf.cast(tf.reshape(tf.matmul(flat, symmetric), tf.shape(features)), features.dtype)

    return sums, gradient


def _flatten(features: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(features)
    return tf.reshape(features, [shape[0], shape[1] * shape[2], features.shape[-1]])


def gram_loss(gram: tf.Tensor, target: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
    """Return the style loss of one layer: the relative squared distance of two Gram matrices.

    Args:
        gram: (…, C, C) float32 of the painting.
        target: (…, C, C) float32 of the style.
        energy: (…) float32, what the squared distance is divided by; see `gram_energy`.

    Returns:
        (…) float32: 0 if they are equal.

    References:
        Gatys et al. 2015, equation 4. Differs: relative to `energy` instead of 4 N^2 M^2.
    """
    return tf.reduce_sum(tf.math.squared_difference(gram, target), [-2, -1]) / energy


def gram_energy(style: tf.Tensor, content: tf.Tensor) -> tf.Tensor:
    """Return |S|^2 + |C|^2 of the style's and the photo's Gram matrices, (…) for (…, C, C).

    Both are positive semi-definite, so their inner product is not negative and
    the photo's own relative loss lies in [0, 1] for any two pictures.
    """
    return tf.reduce_sum(style * style, [-2, -1]) + tf.reduce_sum(content * content, [-2, -1]) + 1e-12


class GramTarget(NamedTuple):
    """What the Gram matrices of one layer's R regions are compared with.

    Attributes:
        grams: (R, C, C) of the styles.
        energies: (R,); see `gram_energy`.
        divisors: (R,); see `gram_divisor`.
        shares: (R,) each region's part of the loss.
        masks: (R, h, w, 1), or (0, 1, 1, 1) if one region covers the picture.
        layer_weight: ().
    """

    grams: tf.Tensor
    energies: tf.Tensor
    divisors: tf.Tensor
    shares: tf.Tensor
    masks: tf.Tensor
    layer_weight: tf.Tensor


class GramLoss(Loss):
    """The style loss of Gatys et al., for one or several regions."""

    name = "gram"
    role = "style"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._masks = {layer: scene.region_masks(layer) for layer in self.layers}
        self._divisors = {
            layer: tf.stack([gram_divisor(scene.map_size(layer), mask) for mask in _each(masks)])
            for layer, masks in self._masks.items()
        }
        self._style_grams: list[dict[str, tf.Tensor]] = [{} for _ in range(scene.styles)]
        self._photo_sums: dict[str, Any] = dict.fromkeys(self.layers, 0.0)

    @classmethod
    def choose_layers(cls, recipe: Recipe, backbone: Backbone) -> LayerWeights:
        return style_layers(recipe, backbone)

    def add_style(self, style: int, maps: Maps, share: float) -> None:
        grams = self._style_grams[style]
        for layer in self.layers:
            grams[layer] = grams.get(layer, 0.0) + gram_matrix(maps[layer])[0] * share

    def add_photo(self, part: Part) -> None:
        for layer, masks in self._masks.items():
            sums = _region_sums(part.maps[layer], part.cut(layer, masks))
            # In float64, since they run over millions of positions.
            self._photo_sums[layer] = self._photo_sums[layer] + np.array(sums, np.float64)

    def target(self, recipe: Recipe, photo: Maps, painting: Part | None) -> Target:
        mix = style_mix(recipe, self.scene.styles)
        return {layer: self._layer_target(layer, mix) for layer in self.layers}

    def _layer_target(self, layer: str, mix: Array) -> GramTarget:
        """Mix the Gram matrices of each region's styles.

        The weighted sum of squared distances to several matrices is the
        squared distance to their weighted mean, plus a constant that no
        picture can change. So styles that share a region cost no more than one.
        """
        grams = []
        for region in self.scene.regions:
            share = mix[list(region.styles)]
            share = share / max(share.sum(), 1e-12)
            styles = zip(region.styles, share, strict=True)
            grams.append(tf.add_n([self._style_grams[style][layer] * w for style, w in styles]))
        divisors = self._divisors[layer]
        photo = self._photo_sums[layer] / np.asarray(divisors, np.float64)[:, None, None]
        photo_grams = tf.unstack(tf.constant(photo, tf.float32))
        return GramTarget(
            tf.stack(grams),
            tf.stack([gram_energy(*pair) for pair in zip(grams, photo_grams, strict=True)]),
            divisors,
            tf.constant(region_shares(self.scene.regions, mix)),
            self._masks[layer],
            tf.constant(self.layer_weights[layer]),
        )

    @staticmethod
    def sums(part: Part, target: Target) -> dict[str, list[tf.Tensor]]:
        return {layer: _region_sums(part.maps[layer], each.masks) for layer, each in target.items()}

    @staticmethod
    def value(sums: dict[str, list[tf.Tensor]], target: Target) -> tf.Tensor:
        losses = {}
        for layer, each in target.items():
            pairs = zip(sums[layer], tf.unstack(each.divisors), strict=True)
            grams = [total / divisor for total, divisor in pairs]
            regions = map(gram_loss, grams, tf.unstack(each.grams), tf.unstack(each.energies))
            losses[layer] = tf.reduce_sum(tf.stack(list(regions)) * each.shares)
        return weighted_layers(losses, target)


def _each(masks: tf.Tensor) -> list[tf.Tensor | None]:
    """Return the mask of each region; None for the only one without a mask."""
    return [masks[region] for region in range(masks.shape[0])] or [None]


def _region_sums(maps: tf.Tensor, masks: tf.Tensor) -> list[tf.Tensor]:
    return [gram_sums(maps, mask)[0] for mask in _each(masks)]


LOSS = GramLoss
