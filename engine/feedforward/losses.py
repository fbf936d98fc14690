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
from engine.losses.gram import gram_energy, gram_loss, gram_matrix
from engine.losses.layers import content_layers, style_layers
from engine.losses.total_variation import total_variation
from engine.losses.weights import role_weights
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
        self._style_layers = style_layers(recipe, backbone)
        self._content_layers = content_layers(recipe, backbone)
        self._weights = role_weights(recipe)
        styles_grams = [self._style_grams(style, sides) for style in styles]
        self._grams = {
            layer: tf.stack([grams[layer] for grams in styles_grams]) for layer in self._style_layers
        }

    def _style_grams(self, style: Array, sides: Sequence[int]) -> dict[str, tf.Tensor]:
        features = [
            self._backbone.features(tf.constant(scaled[None]), list(self._style_layers))
            for scaled in scaled_styles(style, sides)
        ]
        return {
            layer: tf.add_n([gram_matrix(maps[layer])[0] for maps in features]) / len(features)
            for layer in self._style_layers
        }

    def __call__(self, painted: tf.Tensor, photos: tf.Tensor, styles: tf.Tensor) -> FeedforwardLoss:
        """Compare a batch.

        Args:
            painted: (B, H, W, 3) float32 RGB in [0, 1].
            photos: the same shape.
            styles: (B,) int32, the index of the style that each should have.
        """
        layers = tuple(self._style_layers | self._content_layers)
        features, targets = (self._backbone.features(x, layers) for x in (painted, tf.stop_gradient(photos)))
        content = tf.add_n(
            [
                weight * _content_loss(features[layer], targets[layer])
                for layer, weight in self._content_layers.items()
            ]
        )
        style = tf.add_n(
            [
                weight * self._style_loss(layer, features[layer], targets[layer], styles)
                for layer, weight in self._style_layers.items()
            ]
        )
        variation, weights = total_variation(painted), self._weights
        total = weights["content"] * content + weights["style"] * style + weights["variation"] * variation
        return FeedforwardLoss(content, style, variation, total)

    def _style_loss(
        self, layer: str, features: tf.Tensor, photo_features: tf.Tensor, styles: tf.Tensor
    ) -> tf.Tensor:
        """Return the batch's mean Gram loss."""
        target = tf.gather(self._grams[layer], styles)
        energy = gram_energy(target, gram_matrix(photo_features))
        return tf.reduce_mean(gram_loss(gram_matrix(features), target, energy))


def _content_loss(features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Return the batch's mean squared difference, relative to the energy of each target."""
    features, target = tf.cast(features, tf.float32), tf.cast(target, tf.float32)
    energy = tf.reduce_mean(target**2, [1, 2, 3]) + 1e-12
    return tf.reduce_mean(tf.reduce_mean((features - target) ** 2, [1, 2, 3]) / energy)
