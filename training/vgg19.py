"""VGG19 up to conv4_1 in PyTorch, to teach and evaluate the student.

Simonyan & Zisserman 2014, arXiv:1409.1556. The weights are read from a file in
Keras's layout and are never written anywhere. Differs from the original in its
borders: pictures are padded by reflection, so that the student learns no frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

TAPS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")
CHANNELS = (64, 128, 256, 512)
LAYERS = tuple(
    f"block{block}_conv{conv}"
    for block, convs in ((1, 2), (2, 2), (3, 4), (4, 1))
    for conv in range(1, convs + 1)
)

_MEAN_RGB = (123.68, 116.779, 103.939)


def convolve(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve (N, C, H, W) by a 3x3 kernel over reflected borders, keeping its size."""
    return functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)


class VGG19(nn.Module):
    """The convolutions up to conv4_1, frozen.

    Args:
        path: a file with the weights, for `read`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        for name, (kernel, bias) in read(path).items():
            if name == LAYERS[0]:
                kernel = kernel[:, :, ::-1]  # noqa: PLW2901 - the file expects BGR, this network RGB
            kernel_ = torch.from_numpy(kernel.transpose(3, 2, 0, 1).astype(np.float32))
            self.register_buffer(f"{name}_kernel", kernel_.contiguous(memory_format=torch.channels_last))
            self.register_buffer(f"{name}_bias", torch.from_numpy(bias.astype(np.float32)))
        self.register_buffer("mean", torch.tensor(_MEAN_RGB).view(1, 3, 1, 1))

    def linear(self, image: Tensor, layers: Sequence[str] = LAYERS) -> dict[str, Tensor]:
        """Return the outputs of layers before their ReLU.

        Args:
            image: (N, 3, H, W) RGB in [0, 1].
            layers: names from `LAYERS`.
        """
        x = image * 255.0 - self.mean
        found = {}
        for name in LAYERS[: 1 + max(LAYERS.index(layer) for layer in layers)]:
            if name != LAYERS[0]:
                x = functional.relu(x)
                if name.endswith("conv1"):
                    x = functional.max_pool2d(x, 2)
            x = convolve(x, getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias"))
            if name in layers:
                found[name] = x
        return found

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return relu1_1, 2_1, 3_1 and 4_1 of (N, 3, H, W) RGB in [0, 1]."""
        return [functional.relu(x) for x in self.linear(image, TAPS).values()]


def read(path: Path) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Read kernel (3, 3, in, out) and bias (out,) of each layer, from HDF5 or `training.pack`'s npz."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return {name: (arrays[f"{name}/kernel"], arrays[f"{name}/bias"]) for name in LAYERS}
    import h5py  # noqa: PLC0415 - not needed with a packed file

    found = {}
    with h5py.File(path) as file:
        for name in LAYERS:
            parts: dict[int, NDArray[np.float32]] = {}

            def keep(_: str, item: object, parts: dict[int, NDArray[np.float32]] = parts) -> None:
                if isinstance(item, h5py.Dataset):
                    parts[item.ndim] = np.asarray(item, np.float32)

            file[name].visititems(keep)
            found[name] = parts[4], parts[1]
    return found
