"""The draft decoder, and the transform between encoder and decoder.

Whitening and colouring (Li et al. 2017, arXiv:1705.08086) gives the photo's
features the style's mean and covariance. Differs: one decoder takes the
transformed features of all four blocks at once, while the paper runs one
autoencoder after another; and it is trained on transformed features with a
style loss, while the paper trains for reconstruction only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.pretrained.archive import write_network
from training.student import SLOPE, WIDTHS, Student
from training.vgg19 import convolve

WIDTH = (24, 48, 96, 160)
"""The channels of the decoder, from the picture upwards."""


class Decoder(nn.Module):
    """Maps the features of four levels to a picture, starting with the coarsest level."""

    def __init__(self) -> None:
        super().__init__()
        encoder_widths = [widths[-1] for widths in WIDTHS]
        self.convolutions = nn.ModuleDict()
        above = 0
        for block in (4, 3, 2, 1):
            width = WIDTH[block - 1]
            self.convolutions[f"join{block}"] = nn.Conv2d(above + encoder_widths[block - 1], width, 3)
            self.convolutions[f"paint{block}"] = nn.Conv2d(width, width, 3)
            above = width
        self.convolutions["picture"] = nn.Conv2d(above, 3, 3)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Return (N, 3, H, W), roughly in [0, 1], from the features of `levels_of`."""
        x = levels[-1]
        for block in (4, 3, 2, 1):
            if block < 4:
                size = levels[block - 1].shape[2:]
                x = torch.cat([functional.interpolate(x, size, mode="nearest"), levels[block - 1]], 1)
            for name in (f"join{block}", f"paint{block}"):
                x = functional.leaky_relu(self._convolve(name, x), SLOPE)
        return 0.5 + self._convolve("picture", x)

    def _convolve(self, name: str, x: Tensor) -> Tensor:
        layer = self.convolutions[name]
        return convolve(x, layer.weight, layer.bias)


def ends(encoder: Student) -> list[str]:
    """Return the names of the convolutions that the decoder reads: the last of each block of the trunk."""
    return [f"trunk{block}_{len(widths)}" for block, widths in enumerate(encoder.widths, start=1)]


def levels_of(encoder: Student, image: Tensor) -> list[Tensor]:
    """Return the features of (N, 3, H, W) RGB in [0, 1] for the decoder, from the picture upwards."""
    features = encoder.trunk(image)
    return [features[name] for name in ends(encoder)]


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (N, C, 1) and covariance (N, C, C) over positions of (N, C, H, W)."""
    flat = features.flatten(2)
    mean = flat.mean(2, keepdim=True)
    return mean, (flat - mean) @ (flat - mean).transpose(1, 2) / flat.shape[2]


def whiten_and_color(content: Tensor, style: Tensor) -> Tensor:
    """Give features the mean and covariance of the style's features, by whitening and colouring."""
    mean, covariance = moments(content)
    target_mean, target_covariance = moments(style)
    flat = content.flatten(2) - mean
    return (_power(target_covariance, 0.5) @ (_power(covariance, -0.5) @ flat) + target_mean).view_as(content)


def match_statistics(content: Tensor, style: Tensor) -> Tensor:
    """Give each channel the mean and standard deviation of the style's (AdaIN, Huang & Belongie 2017)."""
    mean, target = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    deviation = (content.var((2, 3), keepdim=True) + 1e-5).sqrt()
    return (content - mean) / deviation * (style.var((2, 3), keepdim=True) + 1e-5).sqrt() + target


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """Raise symmetric matrices (N, C, C) to a power, with a floor under small eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    floor = 1e-4 * values[:, -1:].clamp_min(1e-6)
    return (vectors * (values.clamp_min(0) + floor).pow(exponent)[:, None]) @ vectors.transpose(1, 2)


def export(decoder: Decoder, encoder: Student, path: Path, notes: dict[str, Any]) -> None:
    """Write an encoder's decoder as float16 arrays (height, width, in, out), with a JSON description."""
    arrays = {}
    for name, layer in decoder.convolutions.items():
        arrays[f"{name}/kernel"] = layer.weight.detach().permute(2, 3, 1, 0).cpu().numpy().astype(np.float16)
        arrays[f"{name}/bias"] = layer.bias.detach().cpu().numpy().astype(np.float16)
    description = {"kind": "draft decoder", "levels": ends(encoder), "slope": SLOPE, "offset": 0.5, **notes}
    write_network(path, description, arrays)


def read(path: Path) -> Decoder:
    """Read an exported decoder, to train it further."""
    decoder = Decoder()
    with np.load(path, allow_pickle=False) as arrays:
        for name, layer in decoder.convolutions.items():
            kernel = torch.from_numpy(arrays[f"{name}/kernel"].astype(np.float32))
            layer.weight.data.copy_(kernel.permute(3, 2, 0, 1))
            layer.bias.data.copy_(torch.from_numpy(arrays[f"{name}/bias"].astype(np.float32)))
    return decoder
