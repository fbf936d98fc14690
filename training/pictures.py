"""The pictures for training: seeded crops of photographs and paintings, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor
from torch.nn import functional

HELD_OUT = ("starry_night", "great_wave", "the_scream")
"""Paintings that are held out of training, for evaluation."""

HELD_OUT_PHOTOS = 40
"""The number of photographs held out of training: the last in a folder, in the order of their names."""


def load(paths: Sequence[Path], longest: int, device: torch.device) -> list[Tensor]:
    """Decode pictures as (3, H, W) uint8 tensors, the longer side at most `longest`."""
    found = []
    for path in paths:
        with Image.open(path) as opened:
            opened.draft("RGB", (longest, longest))
            picture = opened.convert("RGB")
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        found.append(torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().to(device))
    return found


def photographs(folder: Path) -> list[Path]:
    """Return the photographs to train on."""
    return sorted(folder.glob("*.jpg"))[:-HELD_OUT_PHOTOS]


def paintings(folder: Path) -> list[Path]:
    """Return the paintings to train on."""
    return [path for path in sorted(folder.glob("*.jpg")) if path.stem not in HELD_OUT]


def generator(*numbers: int) -> Generator:
    """Return a random generator that depends on these numbers only (seed, step, purpose)."""
    mixed = np.random.SeedSequence(numbers).generate_state(2)
    return torch.Generator().manual_seed(int(mixed[0]) << 31 ^ int(mixed[1]))


def uniform(low: float, high: float, chance: Generator) -> float:
    """Draw a number from a range."""
    return low + (high - low) * torch.rand((), generator=chance).item()


def pick(items: Sequence[Tensor], chance: Generator) -> Tensor:
    """Draw an item."""
    return items[int(torch.randint(len(items), (), generator=chance))]


def crop(picture: Tensor, side: int, scales: tuple[float, float], chance: Generator) -> Tensor:
    """Crop a square from a picture at a random scale and place, and mirror half of them.

    Args:
        picture: (3, H, W) uint8.
        side: side of the square, in pixels.
        scales: the range of the scale; 0.5 halves the picture before cropping.
        chance: the random generator.

    Returns:
        (3, side, side) float32 in [0, 1].
    """
    height, width = picture.shape[1:]
    low, high = (np.log(scale) for scale in scales)
    source_side = min(int(side / np.exp(uniform(low, high, chance))), height, width)
    top = int(torch.randint(height - source_side + 1, (), generator=chance))
    left = int(torch.randint(width - source_side + 1, (), generator=chance))
    square = picture[None, :, top : top + source_side, left : left + source_side].float() / 255.0
    if source_side != side:
        square = functional.interpolate(
            square, (side, side), mode="bilinear", antialias=source_side > side, align_corners=False
        )
    return square[0].flip(2) if uniform(0, 1, chance) < 0.5 else square[0]


def jitter(image: Tensor, chance: Generator) -> Tensor:
    """Change the brightness and colours of a picture, and sometimes blur it or add noise.

    Args:
        image: (3, H, W) float32 in [0, 1].
        chance: the random generator.
    """
    if uniform(0, 1, chance) < 0.6:
        contrast, light = uniform(0.6, 1.3, chance), uniform(-0.15, 0.15, chance)
        tint = (0.1 * torch.randn(3, 1, 1, generator=chance)).to(image.device)
        image = (image - 0.5) * contrast + 0.5 + light + tint
    if uniform(0, 1, chance) < 0.1:
        image = image[torch.randperm(3, generator=chance).to(image.device)]
    choice = uniform(0, 1, chance)
    if choice < 0.25:
        noise = torch.randn(image.shape, generator=chance).to(image.device)
        image = image + noise * uniform(0.01, 0.15, chance)
    elif choice < 0.35:
        image = functional.avg_pool2d(image[None], 3, 1, 1, count_include_pad=False)[0]
    return image.clamp(0, 1)
