"""The picture to begin with, at the first scale and at each that follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from engine.backbones import Array
from engine.errors import ImageError, RecipeError
from engine.imaging.images import resize
from engine.recipe import Recipe

_NOISE_DEVIATION = 0.2


class StartDrafter(Protocol):
    """Drafts the picture to begin with; see `engine.feedforward.draft.Drafter`."""

    def draft(
        self, content: Array, styles: Sequence[Array], *, weights: Sequence[float] | None, size: int
    ) -> Array:
        """Draft a photo in one to four styles."""


def first_picture(
    recipe: Recipe,
    content: Array,
    start_image: Array | None,
    styles: Sequence[Array] = (),
    drafter: Callable[[], StartDrafter] | None = None,
) -> Array:
    """Return the photo, a draft, noise, noise with the photo or a given picture, as the recipe says.

    Args:
        recipe: its way to start, its noise and its seed.
        content: (H, W, 3) the photo at the first scale.
        start_image: the given picture, of any size.
        styles: what to draft in, of any size.
        drafter: opens the networks that draft, where the recipe says "draft".

    Raises:
        ImageError: the recipe says "image", and there is none; or the photo is
            too narrow for a draft.
        RecipeError: the recipe says "draft", and there is no drafter.
        WeightsError: the recipe says "draft", and the decoder is missing.
    """
    if recipe.start == "content":
        return content
    if recipe.start == "draft":
        if drafter is None:
            raise RecipeError(
                "start", "To start from a draft, pass drafter=engine.feedforward.draft.built_in_drafter."
            )
        return drafter().draft(
            content, styles, weights=recipe.style_weights or None, size=max(content.shape[:2])
        )
    if recipe.start == "image":
        if start_image is None:
            raise ImageError(
                "The recipe starts from a given picture, but none was given.", code="start-missing"
            )
        size = content.shape[:2]
        return np.clip(resize(np.asarray(start_image, np.float32), (size[0], size[1])), 0, 1)
    noise = np.random.default_rng(recipe.seed).normal(0.5, _NOISE_DEVIATION, content.shape)
    share = 1.0 if recipe.start == "noise" else recipe.start_noise / 100
    return np.clip(content * (1 - share) + noise * share, 0, 1).astype(np.float32)


def enlarged(picture: Array, size: tuple[int, int], content: Array, recipe: Recipe) -> Array:
    """Enlarge a painting, and give it what the larger photo shows that the smaller one could not.

    Enlarging alone is blurred, and the first steps would go into drawing the
    photo's edges again. A painting that was not started from the photo is left alone.

    Args:
        picture: (h, w, 3) at the scale before.
        size: (height, width) of the next.
        content: the photo, at least as large as that.
        recipe: its way to start.
    """
    larger = resize(picture, size)
    if recipe.start != "content":
        return larger
    photo = resize(content, size)
    seen = resize(resize(content, (picture.shape[0], picture.shape[1])), size)
    return np.asarray(np.clip(larger + photo - seen, 0, 1), np.float32)
