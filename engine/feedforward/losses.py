"""What a brush is trained on: the losses of a painting, for a batch of pictures.

Johnson et al. 2016, arXiv:1603.08155, section 3.2. The same losses, layers and
weights that a painting is optimised with (`engine.losses`, `engine.losses.layers`,
`engine.losses.weights`), so that Strength means the same.
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
    """The losses of a batch, each () float32: content, style and total variation unweighted."""

    content: tf.Tensor
    style: tf.Tensor
    variation: tf.Tensor
    total: tf.Tensor


class FeedforwardLosses:
    """Compares paintings with their photographs and styles, through one network."""

    def __init__(
        self, backbone: Backbone, recipe: Recipe, styles: Sequence[Array], sides: Sequence[int]
    ) -> None:
        """Measure the styles.

        Args:
            backbone: the network to compare through.
            recipe: its layers, strength and smoothness.
            styles: (h, w, 3) float32 RGB in [0, 1] each.
            sides: the longer sides at which each style's Gram matrices are
                taken, of which the mean is aimed at.
        """
        self._backbone = backbone
        self._loss_layers = LossLayers.of(recipe, backbone)
        self._balance = loss_weights(recipe)
        measured = [self._measured(style, sides) for style in styles]
        self._grams = {
            layer: tf.stack([grams[layer] for grams in measured]) for layer in self._loss_layers.style
        }

    def _measured(self, style: Array, sides: Sequence[int]) -> dict[str, tf.Tensor]:
        found = [
            self._backbone.features(tf.constant(scaled[None]), self._loss_layers.style)
            for scaled in scaled_styles(style, sides)
        ]
        return {
            layer: tf.add_n([gram_matrix(maps[layer])[0] for maps in found]) / len(found)
            for layer in self._loss_layers.style
        }

    def __call__(self, painted: tf.Tensor, photos: tf.Tensor, styles: tf.Tensor) -> FeedforwardLoss:
        """Compare a batch.

        Args:
            painted: (B, H, W, 3) float32 RGB in [0, 1].
            photos: the same shape.
            styles: (B,) int32: which style each should have.
        """
        loss_layers = self._loss_layers
        layers = tuple(dict.fromkeys(loss_layers.style + loss_layers.content))
        found, kept = (self._backbone.features(x, layers) for x in (painted, tf.stop_gradient(photos)))
        content = [_relative(found[layer], kept[layer]) for layer in loss_layers.content]
        style = [self._style(layer, found[layer], kept[layer], styles) for layer in loss_layers.style]
        parts = [
            tf.reduce_sum(tf.stack(content) * loss_layers.content_weights),
            tf.reduce_sum(tf.stack(style) * loss_layers.style_weights),
            total_variation(painted),
        ]
        weights = self._balance
        total = weights.content * parts[0] + weights.gram * parts[1] + weights.tv * parts[2]
        return FeedforwardLoss(parts[0], parts[1], parts[2], total)

    def _style(self, layer: str, found: tf.Tensor, kept: tf.Tensor, styles: tf.Tensor) -> tf.Tensor:
        """Compare Gram matrices, relative to those of style and photo as `engine.losses.gram.gram_energy`."""
        wanted = tf.gather(self._grams[layer], styles)
        before = gram_matrix(kept)
        energy = tf.reduce_sum(wanted**2 + before**2, [1, 2]) + 1e-12
        return tf.reduce_mean(tf.reduce_sum((gram_matrix(found) - wanted) ** 2, [1, 2]) / energy)


def _relative(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Return the mean over a batch of the squared difference, relative to each one's own energy."""
    found, wanted = tf.cast(found, tf.float32), tf.cast(wanted, tf.float32)
    energy = tf.reduce_mean(wanted**2, [1, 2, 3]) + 1e-12
    return tf.reduce_mean(tf.reduce_mean((found - wanted) ** 2, [1, 2, 3]) / energy)
