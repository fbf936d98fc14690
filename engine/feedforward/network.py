"""The network of a brush: a photograph in, a painting out, in one pass.

Johnson, Alahi & Fei-Fei 2016, arXiv:1603.08155: down, residual blocks, up.
With instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022), whose scale
and shift are a style's own (Dumoulin et al. 2017, arXiv:1610.07629), so that one
network carries several. Differs from the first, to be quick on a few cores: half
the channels, no maps of full size before the end, small kernels at the borders
of the network. And from all: upsampling by nearest neighbour and a convolution
in place of transposed ones, which leave a grid, and reflected borders.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from engine.pretrained.archive import Arrays

Norm = Literal["instance", "batch"]
Tensors = Mapping[str, Any]

EPSILON = 1e-5
STRIDE = 4
"""Pictures are halved twice: their sides must be multiples of this."""


@dataclass(frozen=True)
class Layer:
    """One convolution: its name, kernel, channels, and what is done to the size before or by it."""

    name: str
    kernel: int
    before: int
    after: int
    stride: int = 1
    enlarge: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """What a network is built like.

    Attributes:
        widths: channels at full, half and quarter size.
        blocks: residual blocks at quarter size.
        norm: "instance", or "batch" for comparison.
        styles: how many it carries.
    """

    widths: tuple[int, int, int] = (16, 32, 64)
    blocks: int = 5
    norm: Norm = "instance"
    styles: int = 1

    @property
    def down(self) -> tuple[Layer, ...]:
        """From the picture to quarter size."""
        _, half, quarter = self.widths
        return Layer("down1", 5, 3, half, stride=2), Layer("down2", 3, half, quarter, stride=2)

    @property
    def residual(self) -> tuple[tuple[Layer, Layer], ...]:
        """Two convolutions for each block."""
        width = self.widths[2]
        return tuple(
            (Layer(f"block{n}_1", 3, width, width), Layer(f"block{n}_2", 3, width, width))
            for n in range(1, self.blocks + 1)
        )

    @property
    def up(self) -> tuple[Layer, ...]:
        """Back to full size."""
        whole, half, quarter = self.widths
        return (
            Layer("up1", 3, quarter, half, enlarge=True),
            Layer("up2", 3, half, whole, enlarge=True),
        )

    @property
    def picture(self) -> Layer:
        """The last one, which is not normalised."""
        return Layer("picture", 3, self.widths[0], 3)

    @property
    def normalised(self) -> tuple[Layer, ...]:
        """Every convolution but the last."""
        return (*self.down, *(layer for pair in self.residual for layer in pair), *self.up)


def fresh_weights(shape: NetworkShape, seed: int) -> Arrays:
    """Draw weights to start from (He et al. 2015); all styles begin alike."""
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    for layer in (*shape.normalised, shape.picture):
        size = (layer.kernel, layer.kernel, layer.before, layer.after)
        deviation = math.sqrt(2 / (layer.kernel**2 * layer.before))
        arrays[f"{layer.name}/kernel"] = rng.normal(0, deviation, size).astype(np.float32)
    arrays["picture/bias"] = np.zeros(3, np.float32)
    for layer in shape.normalised:
        arrays[f"{layer.name}/scale"] = np.ones((shape.styles, layer.after), np.float32)
        arrays[f"{layer.name}/shift"] = np.zeros((shape.styles, layer.after), np.float32)
    return arrays


def fresh_moments(shape: NetworkShape) -> Arrays:
    """Return the running moments that batch normalisation applies with; instance normalisation has none."""
    if shape.norm == "instance":
        return {}
    return {
        f"{layer.name}/{moment}": np.full(layer.after, value, np.float32)
        for layer in shape.normalised
        for moment, value in (("mean", 0.0), ("variance", 1.0))
    }


class FeedforwardPass:
    """One pass through the network, in training or not.

    Attributes:
        moments: with batch normalisation in training, the batch's own, by name.
    """

    def __init__(self, shape: NetworkShape, weights: Tensors, mix: tf.Tensor, *, training: bool) -> None:
        """Prepare a pass.

        Args:
            shape: what the network is built like.
            weights: tensors or variables by name.
            mix: (B, styles) float32: each picture's weights of the styles.
            training: whether batch normalisation takes the batch's own moments.
        """
        self._shape, self._weights, self._mix = shape, weights, mix
        self._own_moments = shape.norm == "instance" or training
        self.moments: dict[str, tf.Tensor] = {}

    def __call__(self, image: tf.Tensor) -> tf.Tensor:
        """Paint (B, H, W, 3) float32 RGB in [0, 1], H and W multiples of `STRIDE`."""
        x = 2.0 * image - 1.0
        for layer in self._shape.down:
            x = tf.nn.relu(self._normalised(layer, x))
        for first, second in self._shape.residual:
            x += self._normalised(second, tf.nn.relu(self._normalised(first, x)))
        for layer in self._shape.up:
            x = tf.nn.relu(self._normalised(layer, x))
        return tf.nn.sigmoid(self._convolved(self._shape.picture, x) + self._weights["picture/bias"])

    def _convolved(self, layer: Layer, x: tf.Tensor) -> tf.Tensor:
        kernel = self._weights[f"{layer.name}/kernel"]
        if layer.enlarge:
            return _enlarged(x, kernel)
        edge = layer.kernel // 2
        padded = tf.pad(x, [[0, 0], [edge, edge], [edge, edge], [0, 0]], "REFLECT")
        return tf.nn.conv2d(padded, kernel, layer.stride, "VALID")

    def _normalised(self, layer: Layer, x: tf.Tensor) -> tf.Tensor:
        x = self._convolved(layer, x)
        scale, shift = (
            tf.matmul(self._mix, self._weights[f"{layer.name}/{name}"])[:, None, None]
            for name in ("scale", "shift")
        )
        if self._own_moments:
            standard, mean, variance = standardised(
                x, [1, 2] if self._shape.norm == "instance" else [0, 1, 2]
            )
            if self._shape.norm == "batch":
                self.moments[f"{layer.name}/mean"] = tf.reshape(mean, [-1])
                self.moments[f"{layer.name}/variance"] = tf.reshape(variance, [-1])
            return standard * scale + shift
        scale *= tf.math.rsqrt(self._weights[f"{layer.name}/variance"] + EPSILON)
        return x * scale + (shift - self._weights[f"{layer.name}/mean"] * scale)


def standardised(x: tf.Tensor, axes: Sequence[int]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Take a map's mean off and divide by its deviation.

    Args:
        x: (B, H, W, C) float32.
        axes: what the moments are taken over: [1, 2] for each picture its own
            (Ulyanov et al. 2016), [0, 1, 2] for the batch's.

    Returns:
        The map, its mean and its variance; the gradient goes to the map only,
        and is written out, as it takes half of what autodiff's does.
    """
    still = tf.stop_gradient(x)
    mean = _mean(still, axes)
    variance = tf.maximum(_mean(still * still, axes) - mean * mean, 0.0)
    inverse = tf.math.rsqrt(variance + EPSILON)

    @tf.custom_gradient
    def standard(maps: tf.Tensor) -> tuple[tf.Tensor, Any]:
        y = (maps - mean) * inverse

        def gradient(dy: tf.Tensor) -> tf.Tensor:
            return inverse * (dy - _mean(dy, axes) - y * _mean(dy * y, axes))

        return y, gradient

    return standard(x), mean, variance


def _mean(x: tf.Tensor, axes: Sequence[int]) -> tf.Tensor:
    """Average over some of the first three axes, keeping them; rows first, which is three times as fast."""
    (_, height, width, _), channels = tf.unstack(tf.shape(x)), x.shape[-1]
    rows = tf.reduce_sum(tf.reshape(x, [-1, height, width * channels]), 1)
    sums = tf.reduce_sum(tf.reshape(rows, [-1, 1, width, channels]), 2, keepdims=True)
    each = sums / tf.cast(height * width, tf.float32)
    return tf.reduce_mean(each, 0, keepdims=True) if 0 in axes else each


_PHASES = np.array([[[1, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]], np.float32)
"""Which taps of a kernel on the doubled map fall on which value of the map, for even and odd positions."""


def _enlarged(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Double a map by nearest neighbour and convolve it, 3x3, over reflected borders.

    Of the doubled map each value is there four times: so the kernel's taps are
    added up beforehand, and the map is convolved at its own size into the four
    phases of the result, which takes less than half as long.
    """
    before, after = kernel.shape[2:]
    folded = tf.einsum("pau,qbv,uvio->abipqo", _PHASES, _PHASES, kernel)
    # What reflects in the doubled map is the value at the edge itself.
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    phases = tf.nn.conv2d(padded, tf.reshape(folded, [3, 3, before, 4 * after]), 1, "VALID")
    return tf.nn.depth_to_space(phases, 2)
