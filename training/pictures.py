"""The pictures that training sees: seeded crops of photographs and paintings, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor
from torch.nn import functional

KEPT_OUT = ("starry_night", "great_wave", "the_scream")
"""Paintings that are never trained on, to judge by."""

JUDGED_PHOTOS = 40
"""The last photographs of a folder, in order of name, are never trained on either."""


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
    return sorted(folder.glob("*.jpg"))[:-JUDGED_PHOTOS]


def paintings(folder: Path) -> list[Path]:
    """Return the paintings to train on."""
    return [path for path in sorted(folder.glob("*.jpg")) if path.stem not in KEPT_OUT]


def generator(*numbers: int) -> Generator:
    """Return a source of chance that depends on these numbers only (seed, step, purpose)."""
    mixed = np.random.SeedSequence(numbers).generate_state(2)
    return torch.Generator().manual_seed(int(mixed[0]) << 31 ^ int(mixed[1]))


def uniform(low: float, high: float, chance: Generator) -> float:
    """Draw one number."""
    return low + (high - low) * torch.rand((), generator=chance).item()


def pick(items: Sequence[Tensor], chance: Generator) -> Tensor:
    """Draw one item."""
    return items[int(torch.randint(len(items), (), generator=chance))]


def crop(picture: Tensor, side: int, scales: tuple[float, float], chance: Generator) -> Tensor:
    """Cut a square out of a picture at a random scale and place, perhaps mirrored.

    Args:
        picture: (3, H, W) uint8.
        side: of the square, in pixels.
        scales: the range of the scale; 0.5 halves the picture before cutting.
        chance: the source of chance.

    Returns:
        (3, side, side) float32 in [0, 1].
    """
    height, width = picture.shape[1:]
    low, high = (np.log(scale) for scale in scales)
    wanted = min(int(side / np.exp(uniform(low, high, chance))), height, width)
    top = int(torch.randint(height - wanted + 1, (), generator=chance))
    left = int(torch.randint(width - wanted + 1, (), generator=chance))
    window = picture[None, :, top : top + wanted, left : left + wanted].float() / 255.0
    if wanted != side:
        window = functional.interpolate(
            window, (side, side), mode="bilinear", antialias=wanted > side, align_corners=False
        )
    return window[0].flip(2) if uniform(0, 1, chance) < 0.5 else window[0]


def jitter(image: Tensor, chance: Generator) -> Tensor:
    """Change a picture's light and colours, and sometimes add noise or blur it.

    Args:
        image: (3, H, W) float32 in [0, 1].
        chance: the source of chance.
    """
    if uniform(0, 1, chance) < 0.6:
        contrast, light = uniform(0.6, 1.3, chance), uniform(-0.15, 0.15, chance)
        tint = (0.1 * torch.randn(3, 1, 1, generator=chance)).to(image.device)
        image = (image - 0.5) * contrast + 0.5 + light + tint
    if uniform(0, 1, chance) < 0.1:
        image = image[torch.randperm(3, generator=chance).to(image.device)]
    kind = uniform(0, 1, chance)
    if kind < 0.25:
        noise = torch.randn(image.shape, generator=chance).to(image.device)
        image = image + noise * uniform(0.01, 0.15, chance)
    elif kind < 0.35:
        image = functional.avg_pool2d(image[None], 3, 1, 1, count_include_pad=False)[0]
    return image.clamp(0, 1)
