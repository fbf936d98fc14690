"""Whitening and colouring: giving one map's features the statistics of others'. NumPy only.

Li et al. 2017, "Universal Style Transfer via Feature Transforms",
arXiv:1705.08086. Statistics and roots are in float64, the maps in float32. What
is done here is what `training/decoder.py` trained the decoder for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]

_FAINT = 1e-4
"""Directions fainter than this share of the strongest are held back, as noise would be enlarged."""


class Style(NamedTuple):
    """What a style is at one level: its features' mean (C,), and the root of their covariance (C, C)."""

    mean: Exact
    root: Exact


def statistics(features: Array) -> Style:
    """Measure a style.

    Args:
        features: (H, W, C) float32.
    """
    mean, covariance = _moments(features)
    return Style(mean, _power(covariance, 0.5))


def whiten_and_color(
    features: Array, styles: Sequence[Style], weights: Sequence[float], strength: float
) -> Array:
    """Give features the statistics of styles.

    Args:
        features: (H, W, C) float32 of the photo.
        styles: at least one.
        weights: one for each, that sum to 1: the share of what each would make of it.
        strength: in [0, 1]; 0 returns the features, 1 all that the styles do.

    Returns:
        (H, W, C) float32.
    """
    own_mean, covariance = _moments(features)
    whiten = _power(covariance, -0.5)
    flat = features.reshape(-1, features.shape[-1])
    # All of it is linear: styles and strength are mixed in one matrix, and the map is passed once.
    identity = np.eye(flat.shape[1])
    turn, wanted = (1 - strength) * identity, (1 - strength) * own_mean
    for style, weight in zip(styles, weights, strict=True):
        turn += strength * weight * (style.root @ whiten)
        wanted = wanted + strength * weight * style.mean
    shift = wanted - turn @ own_mean
    return np.asarray(
        (flat @ turn.T.astype(np.float32) + shift.astype(np.float32)).reshape(features.shape), np.float32
    )


def _moments(features: Array) -> tuple[Exact, Exact]:
    """Return the mean (C,) and covariance (C, C) over positions of (H, W, C)."""
    flat = features.reshape(-1, features.shape[-1])
    mean = flat.mean(0, dtype=np.float64)
    centred = flat - mean.astype(np.float32)
    return mean, (centred.T @ centred).astype(np.float64) / len(flat)


def _power(matrix: Exact, exponent: float) -> Exact:
    """Raise a symmetric positive matrix to a power."""
    values, vectors = np.linalg.eigh(matrix)
    floor = _FAINT * max(float(values[-1]), 1e-6)
    raised = (np.maximum(values, 0) + floor) ** exponent
    return np.asarray((vectors * raised) @ vectors.T, np.float64)
