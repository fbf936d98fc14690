"""The building blocks of networks: convolutions with reflected borders, and pooling.

Only the picture gets gradients, never the weights. Gradients are written by hand
where TensorFlow's own are slower on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones.interface import Array

Operation = Callable[[tf.Tensor], tf.Tensor]

_MIN_CHANNELS = 8
"""The fewest output channels of a convolution on a CPU: fewer are slower, by 10 to 33 % with three."""


@tf.custom_gradient
def max_pool(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Halve a feature map by the maximum of each 2x2 block; blocks at an odd edge are smaller.

    The gradient goes to every position that equals its block's maximum.
    TensorFlow's own gradient goes to the first one only, and takes ten times as long
    on a CPU. The difference does not matter: equal positive maxima hardly occur, and
    the ReLU before stops the gradient of equal zeros.
    """
    y = tf.nn.max_pool2d(x, 2, 2, "SAME")

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        (_, height, width, _), (batch, rows, columns, channels) = _sizes(x), _sizes(y)
        padding = [[0, 0], [0, 2 * rows - height], [0, 2 * columns - width], [0, 0]]
        even = tf.cond(tf.reduce_any(tf.not_equal(padding, 0)), lambda: tf.pad(x, padding), lambda: x)
        blocks = tf.reshape(even, [batch, rows, 2, columns, 2, channels])
        is_max = blocks == y[:, :, None, :, None]
        dx = tf.where(is_max, dy[:, :, None, :, None], tf.zeros([], x.dtype))
        dx = tf.reshape(dx, [batch, 2 * rows, 2 * columns, channels])
        return dx[:, :height, :width]

    return y, gradient


def average_pool(x: tf.Tensor) -> tf.Tensor:
    """Halve a feature map by the mean of each 2x2 block; blocks at an odd edge are smaller."""
    return tf.nn.avg_pool2d(x, 2, 2, "SAME")


def _sizes(x: tf.Tensor) -> list[Any]:
    static, dynamic = x.shape.as_list(), tf.unstack(tf.shape(x))
    return [size if size is not None else dynamic[axis] for axis, size in enumerate(static)]


def convolution(kernel: Array, bias: Array, dtype: tf.DType, *, slope: float = 0.0) -> Operation:
    """Return a convolution with reflected borders and an activation, whose gradient is for its input only.

    In float32 on a CPU, the gradient is a forward convolution with the flipped
    kernel: up to three times as fast there as TensorFlow's own gradient.

    Args:
        kernel: (k, k, in, out), k odd.
        bias: (out,).
        dtype: the type to compute in.
        slope: the slope of the activation below 0: 0 gives a ReLU, more a leaky ReLU.
    """
    forward = tf.constant(kernel, dtype)
    flipped = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    channels = kernel.shape[2]
    extra = max(0, _MIN_CHANNELS - channels)
    flipped = tf.constant(np.pad(flipped, [[0, 0], [0, 0], [0, 0], [0, extra]]), dtype)
    offset = tf.constant(bias, dtype)
    use_forward = dtype == tf.float32 and not tf.config.list_physical_devices("GPU")
    radius = kernel.shape[0] // 2
    border, double_border = ([[0, 0], [n, n], [n, n], [0, 0]] for n in (radius, 2 * radius))

    @tf.custom_gradient
    def convolve(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        padded = tf.pad(x, border, "REFLECT") if radius else x
        y = _activate(tf.nn.bias_add(tf.nn.conv2d(padded, forward, 1, "VALID"), offset), slope)

        def gradient(dy: tf.Tensor) -> tf.Tensor:
            dy = _activation_gradient(dy, y, slope)
            if use_forward:
                dpadded = tf.nn.conv2d(dy, flipped, 1, double_border)[..., :channels]
            else:
                dpadded = tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(padded),
                    filter=forward,
                    out_backprop=dy,
                    strides=[1] * 4,
                    padding="VALID",
                )
            if not radius:
                return dpadded
            return tf.raw_ops.MirrorPadGrad(input=dpadded, paddings=border, mode="REFLECT")

        return y, gradient

    return convolve  # type: ignore[no-any-return]


def _activate(x: tf.Tensor, slope: float) -> tf.Tensor:
    return tf.nn.leaky_relu(x, slope) if slope else tf.nn.relu(x)


def _activation_gradient(dy: tf.Tensor, y: tf.Tensor, slope: float) -> tf.Tensor:
    """Return the gradient before an activation, from its output, which has the sign of its input."""
    if slope:
        return tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=slope)
    return tf.raw_ops.ReluGrad(gradients=dy, features=y)
