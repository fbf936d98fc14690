"""The losses that a one-pass style is trained on, for a batch of pictures.

Johnson et al. 2016, arXiv:1603.08155, section 3.2. The losses, layers and
weights are the same that a painting is optimised with (`engine.losses`), so that
Strength means the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.feedforward.photographs import scaled_styles
from engine.losses.gram import gram_matrix
from engine.losses.layers import LossLayers
from engine.losses.total_variation import total_variation
from engine.losses.weights import loss_weights
from engine.recipe import Recipe


class FeedforwardLoss(NamedTuple):
    """The losses of a batch, each () float32; all but the total are unweighted."""

    content: tf.Tensor
    style: tf.Tensor
    variation: tf.Tensor
    total: tf.Tensor


class FeedforwardLosses:
    """Compares a batch of paintings with their photographs and styles, as one network sees them."""

    def __init__(
        self, backbone: Backbone, recipe: Recipe, styles: Sequence[Array], sides: Sequence[int]
    ) -> None:
        """Measure the styles.

        Args:
            backbone: the network whose features are compared.
            recipe: for its layers, strength and smoothness.
            styles: (h, w, 3) float32 RGB in [0, 1] each.
            sides: the longer sides at which each style is measured; the target is
                the mean of the Gram matrices.
        """
        self._backbone = backbone
        self._loss_layers = LossLayers.of(recipe, backbone)
        self._loss_weights = loss_weights(recipe)
        styles_grams = [self._style_grams(style, sides) for style in styles]
        self._grams = {
            layer: tf.stack([grams[layer] for grams in styles_grams]) for layer in self._loss_layers.style
        }

    def _style_grams(self, style: Array, sides: Sequence[int]) -> dict[str, tf.Tensor]:
        features = [
            self._backbone.features(tf.constant(scaled[None]), self._loss_layers.style)
            for scaled in scaled_styles(style, sides)
        ]
        return {
            layer: tf.add_n([gram_matrix(maps[layer])[0] for maps in features]) / len(features)
            for layer in self._loss_layers.style
        }

    def __call__(self, painted: tf.Tensor, photos: tf.Tensor, styles: tf.Tensor) -> FeedforwardLoss:
        """Compare a batch.

        Args:
            painted: (B, H, W, 3) float32 RGB in [0, 1].
            photos: the same shape.
            styles: (B,) int32, the index of the style that each should have.
        """
        loss_layers = self._loss_layers
        layers = tuple(dict.fromkeys(loss_layers.style + loss_layers.content))
        features, targets = (self._backbone.features(x, layers) for x in (painted, tf.stop_gradient(photos)))
        content = [_content_loss(features[layer], targets[layer]) for layer in loss_layers.content]
        style = [
            self._style_loss(layer, features[layer], targets[layer], styles) for layer in loss_layers.style
        ]
        parts = [
            tf.reduce_sum(tf.stack(content) * loss_layers.content_weights),
            tf.reduce_sum(tf.stack(style) * loss_layers.style_weights),
            total_variation(painted),
        ]
        weights = self._loss_weights
        total = weights.content * parts[0] + weights.gram * parts[1] + weights.tv * parts[2]
        return FeedforwardLoss(parts[0], parts[1], parts[2], total)

    def _style_loss(
        self, layer: str, features: tf.Tensor, photo_features: tf.Tensor, styles: tf.Tensor
    ) -> tf.Tensor:
        """Return the batch's mean distance of Gram matrices, relative to `engine.losses.gram.gram_energy`."""
        target = tf.gather(self._grams[layer], styles)
        photo_gram = gram_matrix(photo_features)
        energy = tf.reduce_sum(target**2 + photo_gram**2, [1, 2]) + 1e-12
        return tf.reduce_mean(tf.reduce_sum((gram_matrix(features) - target) ** 2, [1, 2]) / energy)


def _content_loss(features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Return the batch's mean squared difference, relative to the energy of each target."""
    features, target = tf.cast(features, tf.float32), tf.cast(target, tf.float32)
    energy = tf.reduce_mean(target**2, [1, 2, 3]) + 1e-12
    return tf.reduce_mean(tf.reduce_mean((features - target) ** 2, [1, 2, 3]) / energy)
