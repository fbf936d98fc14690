"""VGG19 and VGG16, read from files in the layout of Keras's weights.

Simonyan & Zisserman 2014, arXiv:1409.1556. Differs, for painting:

- Convolutions pad by reflection. Zero padding puts an edge around the picture,
  and the optimizer would paint a frame along it.
- The preprocessing of the input (0..255, blue first, mean colour subtracted) is
  folded into the first convolution, which therefore takes RGB in [0, 1].
- Pooling takes the maximum, or the mean, as Gatys et al. suggest.
- Only the picture gets gradients, never the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import tensorflow as tf

from engine.backbones.devices import enable_memory_growth
from engine.backbones.interface import Array, Crop, require_layers, stride
from engine.backbones.memory import keep_freed_memory
from engine.backbones.operations import Operation, average_pool, convolution, max_pool
from engine.errors import WeightsError
from engine.recipe import VGG16_LAYERS, VGG19_LAYERS

_MEAN_BGR = (103.939, 116.779, 123.68)


class VGG19:
    """VGG19 up to the last layer in its file.

    Attributes:
        name: "vgg19".
        layers: the convolutions in its file, from the picture upwards.
        dtype: the type it computes in.
        compiled: see `Backbone`.
    """

    name = "vgg19"
    all_layers: tuple[str, ...] = VGG19_LAYERS

    def __init__(
        self,
        weights: Path,
        *,
        pooling: str = "max",
        dtype: tf.DType = tf.float32,
        compiled: bool = False,
    ) -> None:
        keep_freed_memory()
        enable_memory_growth()
        self.dtype = dtype
        self.compiled = compiled
        self._pool = max_pool if pooling == "max" else average_pool
        self._convolutions: dict[str, Operation] = {}
        for layer, kernel, bias in _read_layers(weights, self.all_layers, self.name.upper()):
            first = layer == self.all_layers[0]
            folded = _fold_preprocessing(kernel, bias) if first else (kernel, bias)
            self._convolutions[layer] = convolution(*folded, dtype)
        self.layers = tuple(self._convolutions)
        if not self.layers:
            raise WeightsError(
                f"The weight file {weights.name} has no layer of {self.name.upper()}.", code="weights-empty"
            )

    def features(
        self, image: tf.Tensor, layers: Sequence[str], crop: Crop | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the feature maps after the ReLU of each named layer: see `Backbone.features`."""
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
                found[layer] = x if crop is None else crop(layer, x)
        return found

    def receptive_radius(self, layer: str) -> int:
        """Return the radius in pixels: each 3x3 convolution adds one position of its map."""
        below = self.layers[: self.layers.index(layer) + 1]
        return sum(stride(name) for name in below)


def _fold_preprocessing(kernel: Array, bias: Array) -> tuple[Array, Array]:
    """Fold the preprocessing (RGB in [0, 1] -> blue first, 0..255, mean subtracted) into a first convolution.

    Exact with reflected borders, where every input is a real pixel.
    """
    mean = np.array(_MEAN_BGR, np.float32)[:, None]
    return kernel[:, :, ::-1] * np.float32(255), bias - (kernel * mean).sum((0, 1, 2))


def _read_layers(weights: Path, all_layers: Sequence[str], name: str) -> Iterator[tuple[str, Array, Array]]:
    """Read (layer, kernel (3, 3, in, out), bias (out,)) for each layer, from the picture upwards.

    Each layer of a Keras file is a group `blockI_convJ` with a four-dimensional
    kernel and a one-dimensional bias, under any names. The file may have other
    numbers of channels than VGG.
    """
    try:
        with h5py.File(weights) as file:
            channels = 3
            _require_network(file, weights, all_layers, name)
            for layer in all_layers:
                if layer not in file:
                    return
                arrays = _arrays_of(file[layer])
                if sorted(arrays) != [1, 4] or arrays[4].shape[:3] != (3, 3, channels):
                    raise WeightsError(
                        f"The weight file {weights.name} is not {name}'s: {layer} has another shape.",
                        code="layer-odd",
                    )
                channels = arrays[4].shape[3]
                yield layer, arrays[4], arrays[1]
            return
    except OSError as error:
        raise WeightsError(
            f"The weight file {weights.name} is damaged or not HDF5. Fetch it again.", code="weights-damaged"
        ) from error


def _require_network(file: h5py.File, weights: Path, all_layers: Sequence[str], name: str) -> None:
    """Raise a WeightsError if a file has layers that its network lacks, or leaves a gap between layers."""
    held = [layer for layer in VGG19_LAYERS if layer in file]
    if held and tuple(held) != tuple(all_layers[: len(held)]):
        raise WeightsError(
            f"The weight file {weights.name} belongs to another network than {name}, or is incomplete: "
            f"it has {', '.join(held[:7])}…",
            code="weights-other-network",
        )


def _arrays_of(group: Any) -> dict[int, Array]:
    found: dict[int, Array] = {}

    def keep(_name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[item.ndim] = np.asarray(item, np.float32)

    group.visititems(keep)
    return found


class VGG16(VGG19):
    """VGG16 up to the last layer in its file; its layers have the names of VGG19's."""

    name = "vgg16"
    all_layers = VGG16_LAYERS
