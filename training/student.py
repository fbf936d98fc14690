"""The compact encoder: a narrow network that returns VGG19's own features.

A trunk of 3x3 convolutions over reflected borders, each followed by a leaky
ReLU, halved three times by max pooling. After the first convolution of blocks 2
and 3, and after block 4, a 1x1 convolution and a ReLU lead from the trunk to
VGG19's 128, 256 and 512 channels. relu1_1 is one 3x3 convolution of the picture
in VGG19, so the student learns just that: a tap from the trunk costs as much.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.pretrained.archive import write_network
from training.vgg19 import CHANNELS, TAPS, convolve

SLOPE = 0.2

WIDTHS = ((16, 24), (48, 64), (96, 96), (192,))
"""Channels of the trunk's convolutions, block by block; chosen by measured cost of a whole step.

At 512 px a third of it goes to the Gram matrices of the wide taps and a tenth to relu1_1's own convolution,
whatever the trunk's widths are; so the trunk is not starved.
"""

FIRST = ("trunk1_1", "tap1")
"""The convolutions that see the picture itself, shifted to [-1, 1]."""


class Student(nn.Module):
    """The compact encoder, as it is trained.

    Features come out divided by `scales` (the root mean square of each of
    VGG19's layers), so that all losses speak of numbers near 1; `export` takes
    that out again.

    Attributes:
        tapped: after which convolution of the trunk relu2_1, relu3_1 and relu4_1 are read.
    """

    def __init__(self, widths: tuple[tuple[int, ...], ...] = WIDTHS) -> None:
        super().__init__()
        self.widths = widths
        self.tapped = ("trunk2_1", "trunk3_1", f"trunk4_{len(widths[3])}")
        self.convolutions = nn.ModuleDict()
        before = 3
        for block, channels in enumerate(widths, start=1):
            for index, after in enumerate(channels, start=1):
                self.convolutions[f"trunk{block}_{index}"] = nn.Conv2d(before, after, 3)
                before = after
        self.convolutions["tap1"] = nn.Conv2d(3, CHANNELS[0], 3)
        for block, name in enumerate(self.tapped, start=2):
            width = self.convolutions[name].out_channels
            self.convolutions[f"tap{block}"] = nn.Conv2d(width, CHANNELS[block - 1], 1)
        self.register_buffer("scales", torch.ones(len(TAPS)))

    def convolve(self, name: str, x: Tensor) -> Tensor:
        """Apply one convolution by its name; 3x3 ones over reflected borders."""
        layer = self.convolutions[name]
        if layer.kernel_size == (1, 1):
            return functional.conv2d(x, layer.weight, layer.bias)
        return convolve(x, layer.weight, layer.bias)

    def trunk(self, image: Tensor, until: str | None = None) -> dict[str, Tensor]:
        """Return what goes into each of the trunk's convolutions, and what comes out.

        Args:
            image: (N, 3, H, W) RGB in [0, 1].
            until: stop before this convolution; None runs all.
        """
        x, found = 2.0 * image - 1.0, {}
        for block, channels in enumerate(self.widths, start=1):
            if block > 1:
                x = functional.max_pool2d(x, 2)
            for index in range(1, len(channels) + 1):
                name = f"trunk{block}_{index}"
                found[f"{name}/in"] = x
                if name == until:
                    return found
                x = functional.leaky_relu(self.convolve(name, x), SLOPE)
                found[name] = x
        return found

    def upper(self, image: Tensor) -> list[Tensor]:
        """Return relu2_1, 3_1 and 4_1, each divided by its layer's scale."""
        found = self.trunk(image)
        return [
            functional.relu(self.convolve(f"tap{block}", found[name]))
            for block, name in enumerate(self.tapped, start=2)
        ]

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return relu1_1, 2_1, 3_1 and 4_1, each divided by its layer's scale."""
        return [functional.relu(self.convolve("tap1", 2.0 * image - 1.0)), *self.upper(image)]


def export(student: Student, path: Path, notes: dict[str, Any]) -> None:
    """Write the student as float16 arrays with a JSON description, in an npz without pickle.

    Kernels are stored (height, width, in, out), read RGB in [0, 1] and return
    VGG19's own units: the picture's and the layers' scales are folded in.

    Args:
        student: what to write.
        path: where to; the file appears whole or not at all.
        notes: what else the description says (steps, seed, …).
    """
    arrays = {}
    for name, layer in student.convolutions.items():
        kernel, bias = layer.weight.detach().double(), layer.bias.detach().double()
        if name in FIRST:
            kernel, bias = 2.0 * kernel, bias - kernel.sum((1, 2, 3))
        if name.startswith("tap"):
            scale = student.scales[int(name[3:]) - 1].double()
            kernel, bias = kernel * scale, bias * scale
        arrays[f"{name}/kernel"] = kernel.permute(2, 3, 1, 0).cpu().numpy().astype(np.float16)
        arrays[f"{name}/bias"] = bias.cpu().numpy().astype(np.float16)
    description = {
        "kind": "compact encoder",
        "taps": dict(zip(TAPS, ("trunk1_1/in", *student.tapped), strict=True)),
        "widths": student.widths,
        "slope": SLOPE,
        "padding": "reflect",
        "pooling": "max",
        "teacher": "VGG19 (Simonyan & Zisserman 2014), Visual Geometry Group, Oxford; CC BY 4.0",
        **notes,
    }
    write_network(path, description, arrays)


def read(path: Path) -> Student:
    """Read an exported network; it returns VGG19's own units."""
    with np.load(path, allow_pickle=False) as arrays:
        description = json.loads(arrays["metadata"].tobytes())
        student = Student(tuple(tuple(block) for block in description["widths"]))
        for name, layer in student.convolutions.items():
            kernel = torch.from_numpy(arrays[f"{name}/kernel"].astype(np.float32)).permute(3, 2, 0, 1)
            bias = torch.from_numpy(arrays[f"{name}/bias"].astype(np.float32))
            if name in FIRST:
                kernel, bias = kernel / 2.0, bias + kernel.sum((1, 2, 3)) / 2.0
            layer.weight.data.copy_(kernel)
            layer.bias.data.copy_(bias)
    return student
