"""What networks are made of: convolutions over reflected borders, and pooling.

Gradients go to the picture only, never to the weights, and are written out
where TensorFlow's own takes longer on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones.interface import Array

Operation = Callable[[tf.Tensor], tf.Tensor]

_LEAST_CHANNELS = 8
"""Of what a convolution returns on a CPU: fewer take longer; three, as of a picture, a tenth to a third."""


@tf.custom_gradient
def max_pool(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Halve a map by the greatest of each 2x2 block; an odd edge has blocks of its own.

    The gradient goes to every position that equals its block's maximum.
    TensorFlow's own picks the first, and takes ten times as long on a CPU; equal
    positive maxima hardly occur, and equal zeros are stopped by the ReLU before.
    """
    y = tf.nn.max_pool2d(x, 2, 2, "SAME")

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        (_, height, width, _), (batch, rows, columns, channels) = _dims(x), _dims(y)
        odd = [[0, 0], [0, 2 * rows - height], [0, 2 * columns - width], [0, 0]]
        whole = tf.cond(tf.reduce_any(tf.not_equal(odd, 0)), lambda: tf.pad(x, odd), lambda: x)
        blocks = tf.reshape(whole, [batch, rows, 2, columns, 2, channels])
        greatest = blocks == y[:, :, None, :, None]
        dx = tf.where(greatest, dy[:, :, None, :, None], tf.zeros([], x.dtype))
        dx = tf.reshape(dx, [batch, 2 * rows, 2 * columns, channels])
        return dx[:, :height, :width]

    return y, gradient


def average_pool(x: tf.Tensor) -> tf.Tensor:
    """Halve a map by the mean of each 2x2 block; an odd edge has blocks of its own."""
    return tf.nn.avg_pool2d(x, 2, 2, "SAME")


def _dims(x: tf.Tensor) -> list[Any]:
    known, asked = x.shape.as_list(), tf.unstack(tf.shape(x))
    return [size if size is not None else asked[axis] for axis, size in enumerate(known)]


def convolution(kernel: Array, bias: Array, dtype: tf.DType, *, slope: float = 0.0) -> Operation:
    """Make an activated convolution over reflected borders, with a gradient to its input only.

    In float32 on a CPU the gradient is a forward convolution with the kernel
    turned round: up to three times as fast as TensorFlow's own gradient there.

    Args:
        kernel: (k, k, in, out), k odd.
        bias: (out,).
        dtype: what to compute in.
        slope: of the activation below 0: 0 is a ReLU, more a leaky one.
    """
    forward = tf.constant(kernel, dtype)
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    channels = kernel.shape[2]
    spare = max(0, _LEAST_CHANNELS - channels)
    turned = tf.constant(np.pad(turned, [[0, 0], [0, 0], [0, 0], [0, spare]]), dtype)
    offset = tf.constant(bias, dtype)
    by_forward = dtype == tf.float32 and not tf.config.list_physical_devices("GPU")
    edge = kernel.shape[0] // 2
    border, wide = ([[0, 0], [n, n], [n, n], [0, 0]] for n in (edge, 2 * edge))

    @tf.custom_gradient
    def convolve(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        padded = tf.pad(x, border, "REFLECT") if edge else x
        y = _activated(tf.nn.bias_add(tf.nn.conv2d(padded, forward, 1, "VALID"), offset), slope)

        def gradient(dy: tf.Tensor) -> tf.Tensor:
            dy = _through_activation(dy, y, slope)
            if by_forward:
                dpadded = tf.nn.conv2d(dy, turned, 1, wide)[..., :channels]
            else:
                dpadded = tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(padded),
                    filter=forward,
                    out_backprop=dy,
                    strides=[1] * 4,
                    padding="VALID",
                )
            if not edge:
                return dpadded
            return tf.raw_ops.MirrorPadGrad(input=dpadded, paddings=border, mode="REFLECT")

        return y, gradient

    return convolve  # type: ignore[no-any-return]


def _activated(x: tf.Tensor, slope: float) -> tf.Tensor:
    return tf.nn.leaky_relu(x, slope) if slope else tf.nn.relu(x)


def _through_activation(dy: tf.Tensor, y: tf.Tensor, slope: float) -> tf.Tensor:
    """Return the gradient before an activation; what came out has the sign of what went in."""
    if slope:
        return tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=slope)
    return tf.raw_ops.ReluGrad(gradients=dy, features=y)
