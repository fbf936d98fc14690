"""The network of one-pass styles, which turns a photograph into a painting in one pass.

Johnson, Alahi & Fei-Fei 2016, arXiv:1603.08155: downsampling, residual blocks,
upsampling. With instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022),
whose scale and shift belong to a style (Dumoulin et al. 2017, arXiv:1610.07629),
so that one network holds several styles. Differs from the first, to be quick on
a few cores: half the channels, no maps of full size before the end, and smaller
kernels in the first and last layers. Differs from all three: upsampling is by
nearest neighbour and a convolution, as transposed convolutions leave a grid, and
borders are reflected.
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
    """One convolution.

    Attributes:
        name: the prefix of its arrays' names.
        kernel: its height and width.
        in_channels: the channels of its input.
        out_channels: the channels of its output.
        stride: by how much it makes the map smaller.
        upsample: whether the map is doubled in size before it.
    """

    name: str
    kernel: int
    in_channels: int
    out_channels: int
    stride: int = 1
    upsample: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """The architecture of a network.

    Attributes:
        widths: the numbers of channels at full, half and quarter size.
        blocks: the number of residual blocks at quarter size.
        norm: "instance", or "batch" for comparison.
        styles: the number of styles that it holds.
    """

    widths: tuple[int, int, int] = (16, 32, 64)
    blocks: int = 5
    norm: Norm = "instance"
    styles: int = 1

    @property
    def down(self) -> tuple[Layer, ...]:
        """The convolutions from the picture to quarter size."""
        _, half, quarter = self.widths
        return Layer("down1", 5, 3, half, stride=2), Layer("down2", 3, half, quarter, stride=2)

    @property
    def residual(self) -> tuple[tuple[Layer, Layer], ...]:
        """The two convolutions of each residual block."""
        width = self.widths[2]
        return tuple(
            (Layer(f"block{n}_1", 3, width, width), Layer(f"block{n}_2", 3, width, width))
            for n in range(1, self.blocks + 1)
        )

    @property
    def up(self) -> tuple[Layer, ...]:
        """The convolutions back to full size."""
        full, half, quarter = self.widths
        return (
            Layer("up1", 3, quarter, half, upsample=True),
            Layer("up2", 3, half, full, upsample=True),
        )

    @property
    def picture(self) -> Layer:
        """The last convolution, which is not normalised."""
        return Layer("picture", 3, self.widths[0], 3)

    @property
    def normalised(self) -> tuple[Layer, ...]:
        """Every convolution but the last."""
        return (*self.down, *(layer for pair in self.residual for layer in pair), *self.up)


def initial_weights(shape: NetworkShape, seed: int) -> Arrays:
    """Draw the weights that training starts from (He et al. 2015); all styles start the same."""
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    for layer in (*shape.normalised, shape.picture):
        size = (layer.kernel, layer.kernel, layer.in_channels, layer.out_channels)
        deviation = math.sqrt(2 / (layer.kernel**2 * layer.in_channels))
        arrays[f"{layer.name}/kernel"] = rng.normal(0, deviation, size).astype(np.float32)
    arrays["picture/bias"] = np.zeros(3, np.float32)
    for layer in shape.normalised:
        arrays[f"{layer.name}/scale"] = np.ones((shape.styles, layer.out_channels), np.float32)
        arrays[f"{layer.name}/shift"] = np.zeros((shape.styles, layer.out_channels), np.float32)
    return arrays


def initial_moments(shape: NetworkShape) -> Arrays:
    """Return the running moments that batch normalisation starts from; instance normalisation has none."""
    if shape.norm == "instance":
        return {}
    return {
        f"{layer.name}/{moment}": np.full(layer.out_channels, value, np.float32)
        for layer in shape.normalised
        for moment, value in (("mean", 0.0), ("variance", 1.0))
    }


class FeedforwardPass:
    """One pass through the network, for training or for painting.

    Attributes:
        moments: the batch's moments, by name, after a training pass with batch normalisation.
    """

    def __init__(self, shape: NetworkShape, weights: Tensors, mix: tf.Tensor, *, training: bool) -> None:
        """Prepare a pass.

        Args:
            shape: the architecture of the network.
            weights: tensors or variables by name.
            mix: (B, styles) float32, the weight of each style for each picture.
            training: whether batch normalisation uses the moments of the batch, not running ones.
        """
        self._shape, self._weights, self._mix = shape, weights, mix
        self._measures_moments = shape.norm == "instance" or training
        self.moments: dict[str, tf.Tensor] = {}

    def __call__(self, image: tf.Tensor) -> tf.Tensor:
        """Paint (B, H, W, 3) float32 RGB in [0, 1], H and W multiples of `STRIDE`."""
        x = 2.0 * image - 1.0
        for layer in self._shape.down:
            x = tf.nn.relu(self._convolve_and_normalise(layer, x))
        for first, second in self._shape.residual:
            inner = tf.nn.relu(self._convolve_and_normalise(first, x))
            x += self._convolve_and_normalise(second, inner)
        for layer in self._shape.up:
            x = tf.nn.relu(self._convolve_and_normalise(layer, x))
        return tf.nn.sigmoid(self._convolve(self._shape.picture, x) + self._weights["picture/bias"])

    def _convolve(self, layer: Layer, x: tf.Tensor) -> tf.Tensor:
        kernel = self._weights[f"{layer.name}/kernel"]
        if layer.upsample:
            return _upsample_and_convolve(x, kernel)
        edge = layer.kernel // 2
        padded = tf.pad(x, [[0, 0], [edge, edge], [edge, edge], [0, 0]], "REFLECT")
        return tf.nn.conv2d(padded, kernel, layer.stride, "VALID")

    def _convolve_and_normalise(self, layer: Layer, x: tf.Tensor) -> tf.Tensor:
        x = self._convolve(layer, x)
        scale, shift = (
            tf.matmul(self._mix, self._weights[f"{layer.name}/{name}"])[:, None, None]
            for name in ("scale", "shift")
        )
        if self._measures_moments:
            standard, mean, variance = standardise(x, [1, 2] if self._shape.norm == "instance" else [0, 1, 2])
            if self._shape.norm == "batch":
                self.moments[f"{layer.name}/mean"] = tf.reshape(mean, [-1])
                self.moments[f"{layer.name}/variance"] = tf.reshape(variance, [-1])
            return standard * scale + shift
        scale *= tf.math.rsqrt(self._weights[f"{layer.name}/variance"] + EPSILON)
        return x * scale + (shift - self._weights[f"{layer.name}/mean"] * scale)


def standardise(x: tf.Tensor, axes: Sequence[int]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Subtract a map's mean and divide by its standard deviation.

    Args:
        x: (B, H, W, C) float32.
        axes: the axes that the moments are taken over: [1, 2] for each picture's own
            (Ulyanov et al. 2016), [0, 1, 2] for those of the batch.

    Returns:
        The standardised map, the mean and the variance. Only the map has a gradient,
        which is written out, as it takes half the time of autodiff's.
    """
    constant = tf.stop_gradient(x)
    mean = _mean(constant, axes)
    variance = tf.maximum(_mean(constant * constant, axes) - mean * mean, 0.0)
    inverse = tf.math.rsqrt(variance + EPSILON)

    @tf.custom_gradient
    def standard(maps: tf.Tensor) -> tuple[tf.Tensor, Any]:
        y = (maps - mean) * inverse

        def gradient(dy: tf.Tensor) -> tf.Tensor:
            return inverse * (dy - _mean(dy, axes) - y * _mean(dy * y, axes))

        return y, gradient

    return standard(x), mean, variance


def _mean(x: tf.Tensor, axes: Sequence[int]) -> tf.Tensor:
    """Average over some of the first three axes and keep them; rows first, which is three times as fast."""
    (_, height, width, _), channels = tf.unstack(tf.shape(x)), x.shape[-1]
    rows = tf.reduce_sum(tf.reshape(x, [-1, height, width * channels]), 1)
    sums = tf.reduce_sum(tf.reshape(rows, [-1, 1, width, channels]), 2, keepdims=True)
    each = sums / tf.cast(height * width, tf.float32)
    return tf.reduce_mean(each, 0, keepdims=True) if 0 in axes else each


_PHASES = np.array([[[1, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]], np.float32)
"""For even and odd positions of the doubled map, which taps of a kernel fall on which value of the map."""


def _upsample_and_convolve(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Double a map by nearest neighbour and convolve it, 3x3, with reflected borders.

    The doubled map has each value four times. So the kernel's taps on equal
    values are added up beforehand, and the map is convolved at its own size into
    the four phases of the result, which takes less than half the time.
    """
    in_channels, out_channels = kernel.shape[2:]
    folded = tf.einsum("pau,qbv,uvio->abipqo", _PHASES, _PHASES, kernel)
    # At the border of the doubled map, reflection repeats the value at the edge.
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    phases = tf.nn.conv2d(padded, tf.reshape(folded, [3, 3, in_channels, 4 * out_channels]), 1, "VALID")
    return tf.nn.depth_to_space(phases, 2)
