"""The picture to begin with."""

from __future__ import annotations

import numpy as np

from engine.backbones import Array
from engine.errors import ImageError
from engine.images import resize
from engine.recipe import Recipe

_NOISE_DEVIATION = 0.2


def first_picture(recipe: Recipe, content: Array, start_image: Array | None) -> Array:
    """Return the photo, noise, a blend of both or a given picture, as the recipe says.

    Args:
        recipe: its way to start, its noise and its seed.
        content: (H, W, 3) the photo at the first scale.
        start_image: the given picture, of any size.

    Raises:
        ImageError: the recipe says "image", and there is none.
    """
    if recipe.start == "content":
        return content
    if recipe.start == "image":
        if start_image is None:
            raise ImageError("The recipe starts from a given picture, but none was given.")
        size = content.shape[:2]
        return np.clip(resize(np.asarray(start_image, np.float32), (size[0], size[1])), 0, 1)
    noise = np.random.default_rng(recipe.seed).normal(0.5, _NOISE_DEVIATION, content.shape)
    share = 1.0 if recipe.start == "noise" else recipe.start_noise / 100
    return np.clip(content * (1 - share) + noise * share, 0, 1).astype(np.float32)
