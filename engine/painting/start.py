"""The picture that each scale starts from: the first one, and the enlarged result at the others."""

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
    """Drafts the picture to start from; see `engine.feedforward.draft.Drafter`."""

    def draft(
        self, content: Array, styles: Sequence[Array], *, weights: Sequence[float] | None, size: int
    ) -> Array:
        """Return a draft of a photo in one to four styles."""


def first_picture(
    recipe: Recipe,
    content: Array,
    start_image: Array | None,
    styles: Sequence[Array] = (),
    drafter: Callable[[], StartDrafter] | None = None,
) -> Array:
    """Return the picture that a recipe starts from: the photo, a draft, noise, a blend or a given picture.

    Args:
        recipe: for its `start`, `start_noise` and `seed`.
        content: (H, W, 3) the photo at the first scale.
        start_image: the given picture, of any size, if `start` is "image".
        styles: for a draft, of any size.
        drafter: opens the networks that draft, if `start` is "draft".

    Raises:
        ImageError: `start` is "image" and no picture is given, or "draft" and
            the photo is too narrow for one.
        RecipeError: `start` is "draft" and there is no drafter.
        WeightsError: `start` is "draft" and the decoder is missing.
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
                "The recipe starts from a given picture, but no picture was given.", code="start-missing"
            )
        size = content.shape[:2]
        return np.clip(resize(np.asarray(start_image, np.float32), (size[0], size[1])), 0, 1)
    noise = np.random.default_rng(recipe.seed).normal(0.5, _NOISE_DEVIATION, content.shape)
    share = 1.0 if recipe.start == "noise" else recipe.start_noise / 100
    return np.clip(content * (1 - share) + noise * share, 0, 1).astype(np.float32)


def enlarge(picture: Array, size: tuple[int, int], content: Array, recipe: Recipe) -> Array:
    """Enlarge a painting, and add the photo's details that the smaller size could not show.

    An enlarged picture is blurred, so that the first steps would only draw the
    photo's edges again. If the painting did not start from the photo, no details
    are added.

    Args:
        picture: (h, w, 3) at the scale before.
        size: (height, width) of the next scale.
        content: the photo, at least as large as that.
        recipe: for its `start`.
    """
    larger = resize(picture, size)
    if recipe.start != "content":
        return larger
    photo = resize(content, size)
    blurred = resize(resize(content, (picture.shape[0], picture.shape[1])), size)
    return np.asarray(np.clip(larger + photo - blurred, 0, 1), np.float32)
