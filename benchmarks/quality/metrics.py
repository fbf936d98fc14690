"""Distances between pictures that no loss optimises, in NumPy.

- How near the painting's features come to the style's: `sliced_wasserstein`.
- How much of the photo's structure is left: `structural_distance` ("CFSD").
- How near the colours come to the style's: `hellinger` of two `rgb_uv_histogram`s.

Each is 0 for identical pictures, and lower is better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

PROJECTIONS = 256
QUANTILES = 512
GRID = 24
TEMPERATURE = 0.1
BINS = 64
EDGE = 3.0
BANDWIDTH = 0.02
_TINY = 1e-6


def sliced_wasserstein(a: Array, b: Array, *, projections: int = PROJECTIONS, seed: int = 0) -> float:
    """Return the sliced 2-Wasserstein distance of two feature maps, as distributions of their columns.

    The columns are projected on random directions of length 1, where the distance of two
    distributions is that of their quantiles.

    Args:
        a: (h, w, C) features.
        b: (H, W, C) features; another size is fine.
        projections: how many directions.
        seed: chooses the directions.

    References:
        Bonneel et al. 2015, Sliced and Radon Wasserstein Barycenters of Measures. Differs: at
        512 quantiles, so that maps of any two sizes compare.
    """
    directions = np.random.default_rng(seed).normal(size=(a.shape[-1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    first, second = (_quantiles(directions.T.astype(np.float32) @ _columns(map_).T) for map_ in (a, b))
    return float(np.sqrt(np.mean((first - second) ** 2)))


def structural_distance(photo: Array, painting: Array) -> float:
    """Return how far a painting's self-similarity is from its photo's: the CFSD.

    It is the mean, over the places of a grid, of the Kullback-Leibler divergence in nats from
    the softmax of the photo's similarities to that of the painting's.

    Args:
        photo: (h, w, C) features.
        painting: (H, W, C) features.

    References:
        Chung et al. 2024, Style Injection in Diffusion, arXiv:2312.09008, the content feature
        structural distance. Differs: cosines at a temperature of 0.1, on a grid of 24 x 24.
    """
    first, second = _log_self_similarity(photo), _log_self_similarity(painting)
    return float(np.mean(np.sum(np.exp(first) * (first - second), axis=1)))


def rgb_uv_histogram(picture: Array) -> Array:
    """Return the histogram of a picture's log-chroma, as HistoGAN has it.

    For each of red, green and blue, u and v are the logarithms of its ratio to the other two.
    Each pixel counts by its brightness, and is spread over the bins by an inverse quadratic kernel.

    Args:
        picture: (H, W, 3) RGB in [0, 1]; make it small, since each pixel counts in every bin.

    Returns:
        (3, 64, 64) float32 of sum 1; the bins are from -3 to 3.

    References:
        Afifi et al. 2021, HistoGAN, arXiv:2011.11731, equations 1 to 4.
    """
    pixels = picture.reshape(-1, 3).astype(np.float32)
    brightness = np.linalg.norm(pixels, axis=1, keepdims=True)
    logs = np.log(pixels + _TINY)
    histogram = np.stack(
        [
            (brightness * _spread(logs[:, one] - logs[:, two])).T @ _spread(logs[:, one] - logs[:, three])
            for one, two, three in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
        ]
    )
    return np.asarray(histogram / np.maximum(histogram.sum(), _TINY), np.float32)


def hellinger(a: Array, b: Array) -> float:
    """Return the Hellinger distance of two histograms of sum 1: from 0 to 1, where they share no bin."""
    return float(np.linalg.norm(np.sqrt(a) - np.sqrt(b)) / np.sqrt(2))


def _columns(features: Array) -> Array:
    return features.reshape(-1, features.shape[-1]).astype(np.float32)


def _quantiles(values: Array) -> Array:
    """Return 512 quantiles of each row, interpolated; numpy.quantile takes ten times as long."""
    ordered = np.sort(values, axis=1)
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES * (values.shape[1] - 1)
    below = at.astype(int)
    above, share = np.minimum(below + 1, values.shape[1] - 1), (at - below).astype(np.float32)
    return np.asarray(ordered[:, below] * (1 - share) + ordered[:, above] * share, np.float32)


def _log_self_similarity(features: Array) -> Array:
    """Return (n, n): for each place of the grid, the log-softmax of its cosines to all places."""
    columns = _columns(_grid_means(features))
    columns = columns / np.maximum(np.linalg.norm(columns, axis=1, keepdims=True), _TINY)
    logits = columns @ columns.T / np.float32(TEMPERATURE)
    logits -= logits.max(axis=1, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), np.float32)


def _grid_means(features: Array) -> Array:
    """Average (H, W, C) over the cells of a grid; a side shorter than the grid keeps its positions."""
    for axis in (0, 1):
        length = features.shape[axis]
        starts = np.arange(min(GRID, length)) * length // min(GRID, length)
        sums = np.add.reduceat(features, starts, axis=axis, dtype=np.float32)
        counts = np.diff(np.append(starts, length)).astype(np.float32)
        features = np.asarray(sums / np.expand_dims(counts, tuple({0, 1, 2} - {axis})), np.float32)
    return features


def _spread(values: Array) -> Array:
    """Return (n, bins): how much each value counts in each bin."""
    centres = np.linspace(-EDGE, EDGE, BINS, dtype=np.float32)
    return np.asarray(1 / (1 + ((values[:, None] - centres) / BANDWIDTH) ** 2), np.float32)
