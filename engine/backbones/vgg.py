"""VGG19, read from a file in the layout of Keras's own weights.

Simonyan & Zisserman 2014, arXiv:1409.1556. Departures from it, for painting:

- Convolutions pad by reflection. Zeros outside the picture are an edge that
  the optimizer would paint against: a frame.
- The input's preparation (0..255, blue first, mean colour taken off) is folded
  into the first convolution, so that it takes RGB in [0, 1].
- Pooling takes the maximum, or the mean, as Gatys et al. suggest.
- Gradients go to the picture only, never to the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import tensorflow as tf

from engine.backbones.devices import take_memory_as_needed
from engine.backbones.interface import Array, Part, require_layers, stride
from engine.backbones.memory import keep_freed_memory
from engine.backbones.operations import Operation, average_pool, convolution, max_pool
from engine.errors import WeightsError
from engine.recipe import VGG16_LAYERS, VGG19_LAYERS

_MEAN_BGR = (103.939, 116.779, 123.68)


class VGG19:
    """VGG19 up to the last layer that its file holds.

    Attributes:
        name: "vgg19".
        layers: the convolutions that it holds, from the picture upwards.
        dtype: what it computes in.
        compiled: see `Backbone`.
    """

    name = "vgg19"
    known: tuple[str, ...] = VGG19_LAYERS

    def __init__(
        self,
        weights: Path,
        *,
        pooling: str = "max",
        dtype: tf.DType = tf.float32,
        compiled: bool = False,
    ) -> None:
        keep_freed_memory()
        take_memory_as_needed()
        self.dtype = dtype
        self.compiled = compiled
        self._pool = max_pool if pooling == "max" else average_pool
        self._convolutions: dict[str, Operation] = {}
        for layer, kernel, bias in _read(weights, self.known, self.name.upper()):
            first = layer == self.known[0]
            folded = _fold_preparation(kernel, bias) if first else (kernel, bias)
            self._convolutions[layer] = convolution(*folded, dtype)
        self.layers = tuple(self._convolutions)
        if not self.layers:
            raise WeightsError(
                f"The weight file {weights.name} holds no layer of {self.name.upper()}.", code="weights-empty"
            )

    def features(
        self, image: tf.Tensor, layers: Sequence[str], part: Part | None = None
    ) -> dict[str, tf.Tensor]:
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
                found[layer] = x if part is None else part(layer, x)
        return found

    def receptive_radius(self, layer: str) -> int:
        """Return how far a position sees: each 3x3 convolution adds a pixel of its map."""
        below = self.layers[: self.layers.index(layer) + 1]
        return sum(stride(name) for name in below)


def _fold_preparation(kernel: Array, bias: Array) -> tuple[Array, Array]:
    """Fold RGB in [0, 1] -> blue first, 0..255, mean taken off, into a first convolution.

    Exact under reflection padding, where every input is a real pixel.
    """
    mean = np.array(_MEAN_BGR, np.float32)[:, None]
    return kernel[:, :, ::-1] * np.float32(255), bias - (kernel * mean).sum((0, 1, 2))


def _read(weights: Path, known: Sequence[str], name: str) -> Iterator[tuple[str, Array, Array]]:
    """Read (layer, kernel (3, 3, in, out), bias (out,)) from the picture upwards.

    Each of Keras's layers is a group `blockI_convJ` that holds a kernel of
    four dimensions and a bias of one, whatever they are called inside. The
    widths are the file's own.
    """
    try:
        with h5py.File(weights) as file:
            channels = 3
            _refuse_another(file, weights, known, name)
            for layer in known:
                if layer not in file:
                    return
                arrays = _arrays_of(file[layer])
                if sorted(arrays) != [1, 4] or arrays[4].shape[:3] != (3, 3, channels):
                    raise WeightsError(
                        f"The weight file {weights.name} is not {name}'s: {layer} is odd.", code="layer-odd"
                    )
                channels = arrays[4].shape[3]
                yield layer, arrays[4], arrays[1]
            return
    except OSError as error:
        raise WeightsError(
            f"The weight file {weights.name} is damaged or not HDF5; fetch it again.", code="weights-damaged"
        ) from error


def _refuse_another(file: h5py.File, weights: Path, known: Sequence[str], name: str) -> None:
    """Raise where a file holds layers that its network has not, or lacks one between others."""
    held = [layer for layer in VGG19_LAYERS if layer in file]
    if held and tuple(held) != tuple(known[: len(held)]):
        raise WeightsError(
            f"The weight file {weights.name} is another network's than {name}'s, or incomplete: "
            f"it holds {', '.join(held[:7])}…",
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
    """VGG16 up to the last layer that its file holds; its layers keep VGG19's names."""

    name = "vgg16"
    known = VGG16_LAYERS
