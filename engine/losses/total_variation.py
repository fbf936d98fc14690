"""The total variation loss, which measures how much fine noise a picture has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.losses.content import element_count
from engine.optimize.in_place_adam import bands


def total_variation(image: tf.Tensor) -> tf.Tensor:
    """Return the mean squared difference of neighbouring pixels, down and across.

    Args:
        image: (1, H, W, 3) float32.

    Returns:
        () float32: 0 for a flat picture. The gradient is written out, because
        that of TensorFlow's slices takes longer than a convolution.

    References:
        Mahendran & Vedaldi 2014, arXiv:1412.0035, with beta = 2. Differs: a mean
        instead of a sum, so that the size of the picture does not rescale it.
    """

    @tf.custom_gradient
    def variation(picture: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        down, across = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            down_gradient = down * (2 * upstream / element_count(down))
            across_gradient = across * (2 * upstream / element_count(across))
            return (
                tf.pad(down_gradient, [[0, 0], [1, 0], [0, 0], [0, 0]])
                - tf.pad(down_gradient, [[0, 0], [0, 1], [0, 0], [0, 0]])
                + tf.pad(across_gradient, [[0, 0], [0, 0], [1, 0], [0, 0]])
                - tf.pad(across_gradient, [[0, 0], [0, 0], [0, 1], [0, 0]])
            )

        value = tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(across))
        return value, gradient

    return variation(image)


def add_total_variation(picture: Array, gradient: Array, weight: float) -> float:
    """Return the total variation of a large picture, and add its weighted gradient in place.

    It is the same loss as `total_variation`, computed by NumPy in bands of rows.

    Args:
        picture: (H, W, 3) float32.
        gradient: (H, W, 3) float32, which `weight` times the gradient is added to.
        weight: of the loss.
    """
    height, width = picture.shape[:2]
    total = 0.0
    down_count, across_count = (height - 1) * width * 3, height * (width - 1) * 3
    for rows in bands(height):
        below = slice(rows.start, min(rows.stop, height - 1))
        down = picture[below.start + 1 : below.stop + 1] - picture[below]
        across = picture[rows, 1:] - picture[rows, :-1]
        total += float(np.square(down).sum(dtype=np.float64)) / max(1, down_count)
        total += float(np.square(across).sum(dtype=np.float64)) / max(1, across_count)
        down *= 2 * weight / max(1, down_count)
        across *= 2 * weight / max(1, across_count)
        gradient[below] -= down
        gradient[below.start + 1 : below.stop + 1] += down
        gradient[rows, 1:] += across
        gradient[rows, :-1] -= across
    return total
