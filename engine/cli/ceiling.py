"""The least that a step could take here: the network's convolutions alone, each at its best.

Of each the isolated time is taken, forward and back to its input: by TensorFlow's
own gradient or by a forward convolution that does the same, whichever is faster.
What a step takes beside that goes to Gram matrices, activations and the optimizer.
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
    """One convolution: how large its result is, its kernel's side, and its channels before and after."""

    rows: int
    columns: int
    side: int
    before: int
    after: int


def convolutions(backbone: Backbone, layers: Sequence[str], size: tuple[int, int]) -> list[Shape]:
    """List the convolutions between a picture of (height, width) and some layers, in their order."""
    picture = tf.TensorSpec([1, *size, 3], tf.float32)
    graph = traced(lambda image: backbone.features(image, layers)).get_concrete_function(picture).graph
    found = []
    for operation in graph.get_operations():
        if operation.type == "Conv2D":
            side, _, before, after = operation.inputs[1].shape
            _, rows, columns, _ = operation.outputs[0].shape
            found.append(Shape(rows, columns, side, before, after))
    return found


def works(shape: Shape, dtype: tf.DType) -> dict[str, Callable[[], tf.Tensor]]:
    """Return what is to be timed of a convolution, by name: forward, and its gradient in two ways."""
    rows, columns, side, before, after = shape
    x = tf.cast(tf.random.normal([1, rows, columns, before]), dtype)
    y = tf.cast(tf.random.normal([1, rows, columns, after]), dtype)
    kernel = tf.cast(tf.random.normal([side, side, before, after]), dtype)
    turned = tf.transpose(kernel, [0, 1, 3, 2])
    return {
        FORWARD: traced(lambda: tf.nn.conv2d(x, kernel, 1, "SAME")),
        GRADIENT: traced(
            lambda: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(x), filter=kernel, out_backprop=y, strides=[1] * 4, padding="SAME"
            )
        ),
        GRADIENT_BY_FORWARD: traced(lambda: tf.nn.conv2d(y, turned, 1, "SAME")),
    }


def ceiling_s(backbone: Backbone, layers: Sequence[str], size: tuple[int, int], rounds: int = 3) -> float:
    """Return the seconds that a step's convolutions take at their best, for a picture of (height, width)."""
    seconds = 0.0
    for shape, times in Counter(convolutions(backbone, layers, size)).items():
        best = {name: _best_s(work, rounds) for name, work in works(shape, backbone.dtype).items()}
        seconds += times * (best[FORWARD] + min(best[GRADIENT], best[GRADIENT_BY_FORWARD]))
    return seconds


def _best_s(work: Callable[[], tf.Tensor], rounds: int) -> float:
    work()
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        tf.reshape(work(), [-1])[:1].numpy()  # waits for it
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
