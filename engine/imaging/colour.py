"""Bringing a photo's colours back into a painting: three methods, mixed by percent. NumPy only.

Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer",
arXiv:1606.05897. Differs: colours are brought back in the finished painting, not
into the style before, so that the share can be changed at any time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, on sRGB values as they are."""


def keep_colours(painting: Array, photo: Array, method: str, share: float) -> Array:
    """Give a painting some of a photo's colours.

    Args:
        painting: (H, W, 3) float32 RGB in [0, 1].
        photo: the same shape.
        method: "luminance", "histogram" or "mean_covariance".
        share: in [0, 1]; 0 returns the painting, 1 all that the method does.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    if share <= 0:
        return painting
    whiten_and_color = METHODS[method](painting, photo)
    mixed = painting + np.float32(share) * (whiten_and_color - painting)
    return np.asarray(np.clip(mixed, 0, 1), np.float32)


def luminance(painting: Array, photo: Array) -> Array:
    """Take brightness from the painting, and each pixel's hue and saturation from the photo.

    References:
        Gatys et al. 2016, section 5. Where the sum leaves [0, 1] the colour is
        drawn towards grey of the same brightness, and not cut off.
    """
    brightness = painting @ _LUMA
    chroma = photo - (photo @ _LUMA)[..., None]
    # The greatest share of the chroma that every channel can take.
    room = np.where(chroma > 0, 1 - brightness[..., None], brightness[..., None])
    fits = np.min(room / np.maximum(np.abs(chroma), 1e-6), axis=-1, keepdims=True)
    return np.asarray(brightness[..., None] + chroma * np.clip(fits, 0, 1), np.float32)


def histogram(painting: Array, photo: Array) -> Array:
    """Give each channel of the painting the photo's distribution of values, rank by rank."""
    channels = []
    for channel in range(3):
        values, wanted = painting[..., channel], np.sort(photo[..., channel], axis=None)
        ordered = np.sort(values, axis=None)
        # Equal values get equal ranks, so that flat areas stay flat.
        ranks = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - 1
        places = np.linspace(0, 1, wanted.size)
        channels.append(np.interp(ranks / 2 / max(1, values.size - 1), places, wanted))
    return np.asarray(np.stack(channels, axis=-1), np.float32)


def mean_covariance(painting: Array, photo: Array) -> Array:
    """Give the painting's colours the photo's mean and covariance by a linear map.

    References:
        Gatys et al. 2016, section 4, with the symmetric square roots of both
        covariances ("image analogies color transfer").
    """
    colours = painting.reshape(-1, 3).astype(np.float64)
    wanted = photo.reshape(-1, 3).astype(np.float64)
    turn = _root(wanted) @ np.linalg.inv(_root(colours))
    moved = (colours - colours.mean(0)) @ turn.T + wanted.mean(0)
    return np.asarray(np.clip(moved, 0, 1).reshape(painting.shape), np.float32)


def _root(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the square root of the covariance; a flat colour gets a little spread of its own."""
    values, vectors = np.linalg.eigh(np.cov(colours.T) + 1e-5 * np.eye(3))
    return np.asarray(vectors @ np.diag(np.sqrt(values)) @ vectors.T)


METHODS: dict[str, Callable[[Array, Array], Array]] = {
    "luminance": luminance,
    "histogram": histogram,
    "mean_covariance": mean_covariance,
}
