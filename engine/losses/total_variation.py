"""The total variation loss, which measures how much fine noise a picture has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from engine.backbones import Backbone
from engine.losses.layers import LayerWeights
from engine.losses.loss import PIXELS, Loss, Maps, Part, Target
from engine.recipe import Recipe


def total_variation(image: tf.Tensor) -> tf.Tensor:
    """Return the mean squared difference of neighbouring pixels, down and across.

    Args:
        image: (B, H, W, 3) float32.

    Returns:
        () float32: 0 for a flat picture.

    References:
        Mahendran & Vedaldi 2014, arXiv:1412.0035, with beta = 2. Differs: a mean
        instead of a sum, so that the size of the picture does not rescale it.
    """
    batch, height, width, channels = tf.unstack(tf.shape(image))
    counts = _counts(height, width, batch * channels)
    return _mean(squared_differences(image, [height, width]), counts)


def squared_differences(image: tf.Tensor, size: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    """Sum the squared differences of neighbouring pixels down and across, () float32 each.

    The gradient is written out, because that of TensorFlow's slices takes
    longer than a convolution.

    Args:
        image: (B, H, W, 3) float32.
        size: the (height, width) of the pixels that are compared with those below and to the
            right; further ones in the picture are neighbours only.
    """
    height, width = size

    @tf.custom_gradient
    def sums(picture: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tf.Tensor]]:
        rows, columns = picture[:, :height], picture[:, :, :width]
        down, across = columns[:, 1:] - columns[:, :-1], rows[:, :, 1:] - rows[:, :, :-1]

        def gradient(by_down: tf.Tensor, by_across: tf.Tensor) -> tf.Tensor:
            down_gradient, across_gradient = down * (2 * by_down), across * (2 * by_across)
            below, beside = tf.shape(picture)[1] - height, tf.shape(picture)[2] - width
            return (
                tf.pad(down_gradient, [[0, 0], [1, 0], [0, beside], [0, 0]])
                - tf.pad(down_gradient, [[0, 0], [0, 1], [0, beside], [0, 0]])
                + tf.pad(across_gradient, [[0, 0], [0, below], [1, 0], [0, 0]])
                - tf.pad(across_gradient, [[0, 0], [0, below], [0, 1], [0, 0]])
            )

        return (tf.reduce_sum(tf.square(down)), tf.reduce_sum(tf.square(across))), gradient

    return sums(image)  # type: ignore[no-any-return]


class DifferenceCounts(NamedTuple):
    """The number of differences in a picture, down and across, () float32 each."""

    down: tf.Tensor
    across: tf.Tensor


def _counts(height: tf.Tensor, width: tf.Tensor, channels: tf.Tensor) -> DifferenceCounts:
    counts = (height - 1) * width * channels, height * (width - 1) * channels
    return DifferenceCounts(*(tf.cast(tf.maximum(count, 1), tf.float32) for count in counts))


def _mean(sums: tuple[tf.Tensor, tf.Tensor], counts: DifferenceCounts) -> tf.Tensor:
    return sums[0] / counts.down + sums[1] / counts.across


class TotalVariationLoss(Loss):
    """See `total_variation`."""

    name = "tv"
    role = "variation"

    @classmethod
    def choose_layers(cls, recipe: Recipe, backbone: Backbone) -> LayerWeights:
        return {}  # only pixels are compared

    def target(self, recipe: Recipe, photo: Maps, painting: Part | None) -> Target:
        return {PIXELS: _counts(*self.scene.size, 3)}

    @staticmethod
    def sums(part: Part, target: Target) -> tuple[tf.Tensor, tf.Tensor]:
        return squared_differences(part.pixels(margin=1), part.pixel_size)

    @staticmethod
    def value(sums: tuple[tf.Tensor, tf.Tensor], target: Target) -> tf.Tensor:
        return _mean(sums, target[PIXELS])


LOSS = TotalVariationLoss
