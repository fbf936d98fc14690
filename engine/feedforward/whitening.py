"""The whitening and colouring transform, which gives a map the statistics of others. NumPy only.

Li et al. 2017, "Universal Style Transfer via Feature Transforms",
arXiv:1705.08086. Statistics and roots are in float64, the maps in float32.
`training/decoder.py` trains the decoder for the same transform.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

_FLOOR_SHARE = 1e-4
"""This share of the largest eigenvalue is added to all, so that whitening does not amplify noise."""


class StyleStatistics(NamedTuple):
    """The mean (C,) of a style's features at one level, and the square root (C, C) of their covariance."""

    mean: Float64Array
    root: Float64Array


def statistics(features: Array) -> StyleStatistics:
    """Return the statistics of a style's features at one level, (H, W, C) float32."""
    mean, covariance = _moments(features)
    return StyleStatistics(mean, _power(covariance, 0.5))


def whiten_and_color(
    features: Array, styles: Sequence[StyleStatistics], weights: Sequence[float], strength: float
) -> Array:
    """Give a photo's features the statistics of one or several styles.

    Args:
        features: (H, W, C) float32 of the photo.
        styles: at least one.
        weights: each style's share of the result; they sum to 1.
        strength: in [0, 1]: 0 returns the features as they are, 1 transforms them fully.

    Returns:
        (H, W, C) float32.
    """
    own_mean, covariance = _moments(features)
    whiten = _power(covariance, -0.5)
    flat = features.reshape(-1, features.shape[-1])
    # Everything is linear, so styles and strength are mixed in one matrix, which is applied to the map once.
    identity = np.eye(flat.shape[1])
    transform, mean = (1 - strength) * identity, (1 - strength) * own_mean
    for style, weight in zip(styles, weights, strict=True):
        transform += strength * weight * (style.root @ whiten)
        mean = mean + strength * weight * style.mean
    shift = mean - transform @ own_mean
    return np.asarray(
        (flat @ transform.T.astype(np.float32) + shift.astype(np.float32)).reshape(features.shape), np.float32
    )


def _moments(features: Array) -> tuple[Float64Array, Float64Array]:
    """Return the mean (C,) and covariance (C, C) over positions of (H, W, C)."""
    flat = features.reshape(-1, features.shape[-1])
    mean = flat.mean(0, dtype=np.float64)
    centred = flat - mean.astype(np.float32)
    return mean, (centred.T @ centred).astype(np.float64) / len(flat)


def _power(matrix: Float64Array, exponent: float) -> Float64Array:
    """Raise a symmetric positive semi-definite matrix to a power."""
    values, vectors = np.linalg.eigh(matrix)
    floor = _FLOOR_SHARE * max(float(values[-1]), 1e-6)
    raised = (np.maximum(values, 0) + floor) ** exponent
    return np.asarray((vectors * raised) @ vectors.T, np.float64)
