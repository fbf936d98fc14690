"""The ceiling on a step's speed: the network's convolutions alone, each at its fastest.

Each convolution is timed by itself, forward and back to its input. The gradient is
computed by TensorFlow's own operation and by a forward convolution with the same
result; the faster one counts. The rest of a step's time goes to Gram matrices,
activations and the optimizer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from engine.backbones import Backbone
from engine.backbones.tracing import traced

FORWARD, GRADIENT, GRADIENT_BY_FORWARD = "forward", "gradient", "gradient by forward"


class Shape(NamedTuple):
    """One convolution: the size of its output, the side of its kernel, and its channels in and out."""

    rows: int
    columns: int
    kernel_side: int
    channels_in: int
    channels_out: int


def convolutions(backbone: Backbone, layers: Sequence[str], size: tuple[int, int]) -> list[Shape]:
    """List the convolutions between a picture of (height, width) and some layers, in network order."""
    picture = tf.TensorSpec([1, *size, 3], tf.float32)
    graph = traced(lambda image: backbone.features(image, layers)).get_concrete_function(picture).graph
    shapes = []
    for operation in graph.get_operations():
        if operation.type == "Conv2D":
            side, _, channels_in, channels_out = operation.inputs[1].shape
            _, rows, columns, _ = operation.outputs[0].shape
            shapes.append(Shape(rows, columns, side, channels_in, channels_out))
    return shapes


def operations(shape: Shape, dtype: tf.DType) -> dict[str, Callable[[], tf.Tensor]]:
    """Return the operations to time for a convolution, by name: forward, and its gradient in two ways."""
    rows, columns, side, channels_in, channels_out = shape
    x = tf.cast(tf.random.normal([1, rows, columns, channels_in]), dtype)
    y = tf.cast(tf.random.normal([1, rows, columns, channels_out]), dtype)
    kernel = tf.cast(tf.random.normal([side, side, channels_in, channels_out]), dtype)
    transposed = tf.transpose(kernel, [0, 1, 3, 2])
    return {
        FORWARD: traced(lambda: tf.nn.conv2d(x, kernel, 1, "SAME")),
        GRADIENT: traced(
            lambda: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(x), filter=kernel, out_backprop=y, strides=[1] * 4, padding="SAME"
            )
        ),
        GRADIENT_BY_FORWARD: traced(lambda: tf.nn.conv2d(y, transposed, 1, "SAME")),
    }


def ceiling_s(backbone: Backbone, layers: Sequence[str], size: tuple[int, int], rounds: int = 3) -> float:
    """Return the least time, in seconds, of a step's convolutions for a picture of (height, width)."""
    seconds = 0.0
    for shape, count in Counter(convolutions(backbone, layers, size)).items():
        best = {
            name: _best_s(operation, rounds) for name, operation in operations(shape, backbone.dtype).items()
        }
        seconds += count * (best[FORWARD] + min(best[GRADIENT], best[GRADIENT_BY_FORWARD]))
    return seconds


def _best_s(operation: Callable[[], tf.Tensor], rounds: int) -> float:
    operation()  # traces it
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        tf.reshape(operation(), [-1])[:1].numpy()  # reading a value waits for the result
        seconds.append(time.perf_counter() - started)
    return min(seconds)
