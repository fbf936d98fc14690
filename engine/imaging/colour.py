"""Bring a photo's colours back into a painting, by three methods. NumPy only.

Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv:1606.05897. Differs: the finished painting gets the colours, not the style
beforehand, so that the share can be changed at any time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601 weights, applied to sRGB values without linearizing them."""


def keep_colours(painting: Array, photo: Array, method: str, share: float) -> Array:
    """Give a painting some of a photo's colours.

    Args:
        painting: (H, W, 3) float32 RGB in [0, 1].
        photo: (H, W, 3) float32 RGB in [0, 1].
        method: "luminance", "histogram" or "mean_covariance".
        share: in [0, 1]; 0 returns the painting unchanged, 1 the method's full result.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    if share <= 0:
        return painting
    recoloured = METHODS[method](painting, photo)
    mixed = painting + np.float32(share) * (recoloured - painting)
    return np.asarray(np.clip(mixed, 0, 1), np.float32)


def luminance(painting: Array, photo: Array) -> Array:
    """Combine the painting's brightness with the hue and saturation of each pixel of the photo.

    References:
        Gatys et al. 2016, section 5. Differs: where the sum leaves [0, 1], the colour
        is moved towards grey of the same brightness instead of being clipped.
    """
    brightness = painting @ _LUMA
    chroma = photo - (photo @ _LUMA)[..., None]
    # The largest share of the chroma that keeps every channel in [0, 1].
    headroom = np.where(chroma > 0, 1 - brightness[..., None], brightness[..., None])
    largest = np.min(headroom / np.maximum(np.abs(chroma), 1e-6), axis=-1, keepdims=True)
    return np.asarray(brightness[..., None] + chroma * np.clip(largest, 0, 1), np.float32)


def histogram(painting: Array, photo: Array) -> Array:
    """Give each channel of the painting the photo's distribution of values, rank by rank."""
    channels = []
    for channel in range(3):
        values, target = painting[..., channel], np.sort(photo[..., channel], axis=None)
        sorted_values = np.sort(values, axis=None)
        # Equal values get equal ranks, so flat areas stay flat.
        left, right = (np.searchsorted(sorted_values, values, side) for side in ("left", "right"))
        quantiles = (left + right - 1) / 2 / max(1, values.size - 1)
        channels.append(np.interp(quantiles, np.linspace(0, 1, target.size), target))
    return np.asarray(np.stack(channels, axis=-1), np.float32)


def mean_covariance(painting: Array, photo: Array) -> Array:
    """Give the painting's colours the photo's mean and covariance with a linear map.

    References:
        Gatys et al. 2016, section 4, with the symmetric square roots of both
        covariances ("image analogies color transfer").
    """
    colours = painting.reshape(-1, 3).astype(np.float64)
    target = photo.reshape(-1, 3).astype(np.float64)
    transform = _covariance_root(target) @ np.linalg.inv(_covariance_root(colours))
    mapped = (colours - colours.mean(0)) @ transform.T + target.mean(0)
    return np.asarray(np.clip(mapped, 0, 1).reshape(painting.shape), np.float32)


def _covariance_root(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the square root of the covariance, which is regularized so that a flat colour works, too."""
    values, vectors = np.linalg.eigh(np.cov(colours.T) + 1e-5 * np.eye(3))
    return np.asarray(vectors @ np.diag(np.sqrt(values)) @ vectors.T)


METHODS: dict[str, Callable[[Array, Array], Array]] = {
    "luminance": luminance,
    "histogram": histogram,
    "mean_covariance": mean_covariance,
}
