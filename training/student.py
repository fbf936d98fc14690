"""The compact encoder: a narrow network that returns VGG19's own features.

A trunk of 3x3 convolutions over reflected borders, each followed by a leaky
ReLU, and three max poolings that halve the size. After the first convolution of blocks 2
and 3, and after block 4, a 1x1 convolution and a ReLU lead from the trunk to
VGG19's 128, 256 and 512 channels. VGG19's relu1_1 is a single 3x3 convolution of the
picture, so the student has the same one: a tap from the trunk would cost as much.
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
"""Channels of the trunk's convolutions, block by block; chosen by the measured cost of a complete step.

At 512 px a third of that goes to the Gram matrices of the wide taps and a tenth to relu1_1's own convolution,
whatever the widths of the trunk; so a narrower trunk would save little.
"""

FIRST = ("trunk1_1", "tap1")
"""The convolutions of the picture itself, shifted to [-1, 1]."""


class Student(nn.Module):
    """The compact encoder during training.

    Features come out divided by `scales` (the root mean square of each of
    VGG19's layers), so that all losses compare numbers near 1; `export` undoes
    that.

    Attributes:
        tapped: the convolutions of the trunk after which relu2_1, relu3_1 and relu4_1 are read.
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
        """Apply a convolution by its name, with reflected borders if it is 3x3."""
        layer = self.convolutions[name]
        if layer.kernel_size == (1, 1):
            return functional.conv2d(x, layer.weight, layer.bias)
        return convolve(x, layer.weight, layer.bias)

    def trunk(self, image: Tensor, until: str | None = None) -> dict[str, Tensor]:
        """Return the input and output of each convolution of the trunk.

        Args:
            image: (N, 3, H, W) RGB in [0, 1].
            until: stop before this convolution; None runs all of them.
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

    Kernels are stored as (height, width, in, out), take RGB in [0, 1] and return
    VGG19's own units: the scales of the picture and the layers are folded in.

    Args:
        student: the network to write.
        path: the file; it appears complete or not at all.
        notes: further entries of the description (steps, seed, …).
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
