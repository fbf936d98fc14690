"""From percent to weights: what Strength, Smoothness and Patch share mean.

All losses are relative (`engine.losses`), so one curve serves every picture and
every network. The figures were chosen by eye and measured in
`benchmarks/strength.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.errors import RecipeError
from engine.recipe import Recipe

_STYLE_AT_HALF = 30.0
"""The style loss's weight at 50 %, against 1 for the content loss."""
_RISE, _FLIGHT, _POLE = 1.7, 0.7, 1.02
"""How steeply the weight rises from nothing, and towards infinity at a strength just above all."""
_PATCH_SCALE = 0.15
"""Matched patches never agree as well as Gram matrices do: their relative loss stays about ten
times as large, and would drown the photo at equal weight."""
_TV_AT_FULL = 20.0


class LossWeights(NamedTuple):
    """The weight of each relative loss in the total."""

    content: float
    gram: float
    patch: float
    tv: float


def loss_weights(recipe: Recipe) -> LossWeights:
    """Turn a recipe's percentages into weights; its raw weights, where given, go first.

    At 0 % strength only the photo counts; 25 % weighs style by 7, 50 % by 30,
    75 % by 94 and 100 % by 950 times the photo. The quarters are about equal steps away
    from the photo, and far enough apart that a sketch's style loss falls at
    each of them. The photo never loses its say altogether, so that a start from
    noise finds it.

    Raises:
        RecipeError: neither content nor style has any weight.
    """
    strength = recipe.strength / 100
    style = _STYLE_AT_HALF * (strength / 0.5) ** _RISE * ((_POLE - 0.5) / (_POLE - strength)) ** _FLIGHT
    tv = _TV_AT_FULL * (recipe.smoothness / 100) ** 2 * min(1.0, 2 * strength)
    content = 1.0 if recipe.content_weight is None else recipe.content_weight
    style = style if recipe.style_weight is None else recipe.style_weight
    tv = tv if recipe.tv_weight is None else recipe.tv_weight
    if content == 0 and style == 0:
        raise RecipeError(
            "style_weight",
            "Content weight and style weight are both 0; give at least one more than 0.",
            code="all-zero",
        )
    patch = recipe.patch_share / 100
    whole = 1 + style if recipe.style_weight is None and recipe.content_weight is None else 1.0
    return LossWeights(content / whole, style * (1 - patch) / whole, _PATCH_SCALE * style * patch / whole, tv)
