"""The weights of the losses, computed from the percentages Strength, Smoothness and Patch share.

All losses are relative (see `engine.losses`), so one curve serves every picture
and every network. The figures were chosen by eye and measured in
`benchmarks/strength.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.errors import RecipeError
from engine.recipe import Recipe

_STYLE_AT_HALF = 30.0
"""The style loss's weight at 50 %, against 1 for the content loss."""
_RISE_EXPONENT = 1.7
"""How steeply the style loss's weight rises from 0."""
_POLE, _POLE_EXPONENT = 1.02, 0.7
"""The strength, just above 100 %, where the weight would be infinite, and how steeply it gets there."""
_PATCH_SCALE = 0.15
"""Matched patches never agree as well as Gram matrices do. Their relative loss stays about ten
times as large, and would drown out the photo at equal weight."""
_TV_AT_FULL = 20.0
"""The total variation's weight at 100 % smoothness."""


class LossWeights(NamedTuple):
    """The weight of each relative loss in the total."""

    content: float
    gram: float
    patch: float
    tv: float


def loss_weights(recipe: Recipe) -> LossWeights:
    """Turn a recipe's percentages into weights; raw weights in the recipe override them.

    At 0 % strength only the photo counts. The style weighs 7 times as much as
    the photo at 25 %, 30 times at 50 %, 94 times at 75 % and 950 times at
    100 %. The quarters are about equal steps away from the photo, and far
    enough apart that a sketch's style loss falls at each of them. The photo
    always keeps some weight, so that a painting that starts from noise finds it.

    Raises:
        RecipeError: neither content nor style has any weight.
    """
    strength = recipe.strength / 100
    rise = (strength / 0.5) ** _RISE_EXPONENT
    style = _STYLE_AT_HALF * rise * ((_POLE - 0.5) / (_POLE - strength)) ** _POLE_EXPONENT
    tv = _TV_AT_FULL * (recipe.smoothness / 100) ** 2 * min(1.0, 2 * strength)
    content = 1.0 if recipe.content_weight is None else recipe.content_weight
    style = style if recipe.style_weight is None else recipe.style_weight
    tv = tv if recipe.tv_weight is None else recipe.tv_weight
    if content == 0 and style == 0:
        raise RecipeError(
            "style_weight",
            "Content weight and style weight are both 0; make at least one of them more than 0.",
            code="all-zero",
        )
    patch = recipe.patch_share / 100
    # Percentages keep the sum of both weights at 1; raw weights are taken as they are.
    total = 1 + style if recipe.style_weight is None and recipe.content_weight is None else 1.0
    return LossWeights(content / total, style * (1 - patch) / total, _PATCH_SCALE * style * patch / total, tv)
