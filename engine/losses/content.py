"""The content loss: feature maps compared position by position."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from engine.backbones import Backbone
from engine.losses.layers import LayerWeights, content_layers
from engine.losses.loss import Loss, Maps, Part, Scene, Target, weighted_layers
from engine.losses.regions import layer_mask
from engine.recipe import Recipe


def feature_loss(features: tf.Tensor, target: tf.Tensor, weight: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
    """Compare feature maps position by position, for the content loss and for matched patches.

    Args:
        features: (1, H, W, C) of the painting, any float dtype.
        target: (1, H, W, C) of the same dtype.
        weight: (1, H, W, 1) or (1, 1, 1, 1) float32, the weight of each position.
        energy: () float32, the mean square that the squared difference is divided by.

    Returns:
        () float32: the weighted mean squared difference over `energy`.

    References:
        Gatys et al. 2015, equation 1. Differs: a mean relative to the content's own
        energy instead of a sum, and a weight for each position.
    """

    @tf.custom_gradient
    def loss(maps: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        difference = tf.cast(maps - target, tf.float32)
        weighted = weight * difference
        count = tf.cast(tf.size(maps), tf.float32)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.cast(weighted * (2 * upstream / count / energy), maps.dtype)

        return tf.reduce_sum(weighted * difference) / count / energy, gradient

    return loss(features)


def feature_energy(target: tf.Tensor) -> tf.Tensor:
    """Return the mean square of a feature map, as () float32 above zero."""
    return tf.reduce_mean(tf.square(tf.cast(target, tf.float32))) + 1e-12


class ContentTarget(NamedTuple):
    """The photo's features at one layer, as `feature_loss` takes them, and the layer's weight ()."""

    features: tf.Tensor
    weight: tf.Tensor
    energy: tf.Tensor
    layer_weight: tf.Tensor


class ContentLoss(Loss):
    """The content loss of Gatys et al."""

    name = "content"
    role = "content"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        mask = scene.content_mask
        self._weights = {
            layer: tf.ones([1, 1, 1, 1]) if mask is None else layer_mask(mask, scene.map_size(layer))
            for layer in self.layers
        }
        self._energies = dict.fromkeys(self.layers, 0.0)

    @classmethod
    def choose_layers(cls, recipe: Recipe, backbone: Backbone) -> LayerWeights:
        return content_layers(recipe, backbone)

    @property
    def kept_layers(self) -> tuple[str, ...]:
        return self.layers

    def add_photo(self, part: Part) -> None:
        for layer in self.layers:
            self._energies[layer] += feature_energy(part.maps[layer]) * part.shares[layer]

    def target(self, recipe: Recipe, photo: Maps, painting: Part | None) -> Target:
        return {
            layer: ContentTarget(
                photo[layer], self._weights[layer], self._energies[layer], tf.constant(weight)
            )
            for layer, weight in self.layer_weights.items()
        }

    @staticmethod
    def sums(part: Part, target: Target) -> dict[str, tf.Tensor]:
        """Return each layer's loss in the part, times the share of the picture that it has."""
        return {
            layer: feature_loss(part.maps[layer], each.features, each.weight, each.energy)
            * part.shares[layer]
            for layer, each in target.items()
        }

    @staticmethod
    def value(sums: dict[str, tf.Tensor], target: Target) -> tf.Tensor:
        return weighted_layers(sums, target)


LOSS = ContentLoss
