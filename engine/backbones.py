"""Networks whose features are compared, behind one interface.

`VGG19` reads Simonyan & Zisserman's network (2014, arXiv:1409.1556) from a file
in the layout of Keras's own weights. Departures from it, for painting:

- Convolutions pad by reflection. Zeros outside the picture are an edge that
  the optimizer would paint against: a frame.
- The input's preparation (0..255, blue first, mean colour taken off) is folded
  into the first convolution, so that it takes RGB in [0, 1].
- Pooling takes the maximum, or the mean, as Gatys et al. suggest.
- Gradients go to the picture only, never to the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from engine.errors import WeightsError
from engine.memory import keep_freed_memory
from engine.recipe import VGG19_LAYERS, Recipe

Array = npt.NDArray[np.float32]

_MEAN_BGR = (103.939, 116.779, 123.68)


class Backbone(Protocol):
    """A network that turns a picture into named feature maps."""

    name: str
    layers: tuple[str, ...]

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        """Return the maps after each named layer's ReLU.

        Args:
            image: (B, H, W, 3) float32 RGB in [0, 1].
            layers: names out of `self.layers`.

        Returns:
            (B, h, w, C) a layer, in the type that the network computes in.

        Raises:
            WeightsError: a layer is not in this network.
        """


class VGG19:
    """VGG19 up to the last layer that its file holds.

    Attributes:
        name: "vgg19".
        layers: the convolutions that it holds, from the picture upwards.
        dtype: what it computes in.
    """

    name = "vgg19"

    def __init__(self, weights: Path, *, pooling: str = "max", dtype: tf.DType = tf.float32) -> None:
        keep_freed_memory()
        self.dtype = dtype
        self._pool = max_pool if pooling == "max" else average_pool
        self._convolutions: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {}
        for layer, kernel, bias in _read(weights):
            first = layer == VGG19_LAYERS[0]
            folded = _fold_preparation(kernel, bias) if first else (kernel, bias)
            self._convolutions[layer] = _convolution(*folded, dtype)
        self.layers = tuple(self._convolutions)
        if not self.layers:
            raise WeightsError(f"The weight file {weights.name} holds no layer of VGG19.")

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        """Return the maps after each named layer's ReLU: see `Backbone.features`."""
        require_layers(self, layers)
        wanted = set(layers)
        found: dict[str, tf.Tensor] = {}
        x = tf.cast(image, self.dtype)
        for layer, convolve in self._convolutions.items():
            if found.keys() == wanted:
                break
            if layer.endswith("_conv1") and layer != self.layers[0]:
                x = self._pool(x)
            x = convolve(x)
            if layer in wanted:
                found[layer] = x
        return found


def load_backbone(
    recipe: Recipe, weights: Path | None = None, *, precision_cache: Path | None = None
) -> Backbone:
    """Open the network that a recipe asks for.

    Args:
        recipe: names the network, its pooling, its precision and its layers.
        weights: the file; None looks where `engine.weights` keeps it.
        precision_cache: a file that remembers which precision was faster on
            this machine; without it, `auto` measures again in each process.

    Raises:
        WeightsError: there is no such file, it is damaged, or lacks a layer
            that the recipe names.
    """
    # Imported here: engine.precision measures with a VGG19 of this module.
    from engine.precision import choose  # noqa: PLC0415
    from engine.weights import locate  # noqa: PLC0415

    path = locate(weights)
    dtype = choose(recipe.precision, path, recipe.pooling, precision_cache)
    backbone = VGG19(path, pooling=recipe.pooling, dtype=dtype)
    require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
    return backbone


def require_layers(backbone: Backbone, layers: Sequence[str]) -> None:
    """Raise a WeightsError that names the layers which a network lacks."""
    missing = [layer for layer in layers if layer not in backbone.layers]
    if missing:
        raise WeightsError(
            f"These weights of {backbone.name} lack {', '.join(missing)}; "
            f"they hold {backbone.layers[0]} to {backbone.layers[-1]}."
        )


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


def _convolution(kernel: Array, bias: Array, dtype: tf.DType) -> Callable[[tf.Tensor], tf.Tensor]:
    """Make relu(conv(x) + bias), 3x3, padded by reflection, with a gradient to x only.

    In float32 on a CPU the gradient is a forward convolution with the kernel
    turned round: up to three times as fast as TensorFlow's own gradient there.
    """
    forward = tf.constant(kernel, dtype)
    turned = tf.constant(np.ascontiguousarray(kernel[::-1, ::-1].transpose(0, 1, 3, 2)), dtype)
    offset = tf.constant(bias, dtype)
    by_forward = dtype == tf.float32 and not tf.config.list_physical_devices("GPU")
    border, wide = [[0, 0], [1, 1], [1, 1], [0, 0]], [[0, 0], [2, 2], [2, 2], [0, 0]]

    @tf.custom_gradient
    def convolve(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        padded = tf.pad(x, border, "REFLECT")
        y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(padded, forward, 1, "VALID"), offset))

        def gradient(dy: tf.Tensor) -> tf.Tensor:
            dy = tf.raw_ops.ReluGrad(gradients=dy, features=y)
            if by_forward:
                dpadded = tf.nn.conv2d(dy, turned, 1, wide)
            else:
                dpadded = tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(padded),
                    filter=forward,
                    out_backprop=dy,
                    strides=[1] * 4,
                    padding="VALID",
                )
            return tf.raw_ops.MirrorPadGrad(input=dpadded, paddings=border, mode="REFLECT")

        return y, gradient

    return convolve  # type: ignore[no-any-return]


def _fold_preparation(kernel: Array, bias: Array) -> tuple[Array, Array]:
    """Fold RGB in [0, 1] -> blue first, 0..255, mean taken off, into a first convolution.

    Exact under reflection padding, where every input is a real pixel.
    """
    mean = np.array(_MEAN_BGR, np.float32)[:, None]
    return kernel[:, :, ::-1] * np.float32(255), bias - (kernel * mean).sum((0, 1, 2))


def _read(weights: Path) -> Iterator[tuple[str, Array, Array]]:
    """Read (layer, kernel (3, 3, in, out), bias (out,)) from the picture upwards.

    Each of Keras's layers is a group `blockI_convJ` that holds a kernel of
    four dimensions and a bias of one, whatever they are called inside. The
    widths are the file's own.
    """
    try:
        with h5py.File(weights) as file:
            channels = 3
            for layer in VGG19_LAYERS:
                if layer not in file:
                    return
                arrays = _arrays_of(file[layer])
                if sorted(arrays) != [1, 4] or arrays[4].shape[:3] != (3, 3, channels):
                    raise WeightsError(f"The weight file {weights.name} is not VGG19's: {layer} is odd.")
                channels = arrays[4].shape[3]
                yield layer, arrays[4], arrays[1]
            return
    except OSError as error:
        raise WeightsError(
            f"The weight file {weights.name} is damaged or not HDF5; fetch it again."
        ) from error


def _arrays_of(group: Any) -> dict[int, Array]:
    found: dict[int, Array] = {}

    def keep(_name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[item.ndim] = np.asarray(item, np.float32)

    group.visititems(keep)
    return found
