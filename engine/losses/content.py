"""The content loss: feature maps compared position by position."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


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
        count = element_count(maps)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.cast(weighted * (2 * upstream / count / energy), maps.dtype)

        return tf.reduce_sum(weighted * difference) / count / energy, gradient

    return loss(features)


def feature_energy(target: tf.Tensor) -> tf.Tensor:
    """Return the mean square of a feature map, as () float32 above zero."""
    return tf.reduce_mean(tf.square(tf.cast(target, tf.float32))) + 1e-12


def element_count(tensor: tf.Tensor) -> tf.Tensor:
    """Return the number of elements of a tensor, as () float32."""
    return tf.cast(tf.size(tensor), tf.float32)
