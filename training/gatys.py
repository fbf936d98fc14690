"""The loss of a painting in PyTorch, for training and evaluation.

Gatys et al. 2015, arXiv:1508.06576. Differs: each layer's style loss is divided
by the squared norm of its target, so that layers need no weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def gram(features: Tensor) -> Tensor:
    """Return (N, C, C): the mean over positions of the products of channels of (N, C, H, W)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def relative(actual: Tensor, target: Tensor) -> Tensor:
    """Return (N,): the squared error, relative to the square of the target."""
    error = (actual - target).flatten(1).square().sum(1)
    return error / target.flatten(1).square().sum(1).clamp_min(1e-8)


def style_loss(
    features: Sequence[Tensor], targets: Sequence[Tensor], weights: Sequence[float] | Tensor
) -> Tensor:
    """Return (N,): the weighted sum over layers of the relative error of the Gram matrices."""
    parts = [relative(gram(layer), target) for layer, target in zip(features, targets, strict=True)]
    return sum(weight * part for weight, part in zip(weights, parts, strict=True))


def total_variation(image: Tensor) -> Tensor:
    """Return (N,): the mean squared difference between neighbouring pixels of (N, 3, H, W)."""
    across = (image[..., 1:] - image[..., :-1]).square().flatten(1).mean(1)
    down = (image[..., 1:, :] - image[..., :-1, :]).square().flatten(1).mean(1)
    return across + down


def channel_means(layers: Sequence[Tensor]) -> list[Tensor]:
    """Return the mean activation of each channel of (N, C, H, W), at least 5 % of the layer's mean."""
    means = [x.mean((0, 2, 3)) for x in layers]
    return [torch.maximum(mean, 0.05 * mean.mean()) for mean in means]
