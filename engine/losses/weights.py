"""The weights of the losses, computed from the percentages in a recipe.

Strength and Smoothness decide how much each role weighs, such as that of the
style; the losses of one role share its weight. All losses are relative (see
`engine.losses`), so one curve serves every picture and every network. The
figures were chosen by eye and measured in `benchmarks/strength.py`.
Loads no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from engine.errors import RecipeError
from engine.recipe import Recipe

Role = Literal["content", "style", "variation"]
"""What a loss is for: the losses of one role share its weight."""

_STYLE_AT_HALF = 30.0
"""The style loss's weight at 50 %, against 1 for the content loss."""
_RISE_EXPONENT = 1.7
"""How steeply the style loss's weight rises from 0."""
_POLE, _POLE_EXPONENT = 1.02, 0.7
"""The strength, just above 100 %, where the weight would be infinite, and how steeply it gets there."""
_TV_AT_FULL = 20.0
"""The total variation's weight at 100 % smoothness."""


class Weighted(Protocol):
    """The part of `engine.losses.loss.Loss`, the class, that decides about its weight."""

    name: str
    role: Role
    scale: float

    def share(self, recipe: Recipe) -> float | None:
        """See `engine.losses.loss.Loss.share`."""


def role_weights(recipe: Recipe) -> dict[Role, float]:
    """Turn a recipe's percentages into a weight for each role; raw weights in the recipe override them.

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
    # Percentages keep the sum of both weights at 1; raw weights are taken as they are.
    total = 1 + style if recipe.style_weight is None and recipe.content_weight is None else 1.0
    return {"content": content / total, "style": style / total, "variation": tv}


def loss_shares(recipe: Recipe, losses: Collection[Weighted]) -> dict[str, float]:
    """Return each loss's share of its role's weight, by name; see `Loss.share`."""
    given = {loss.name: loss.share(recipe) for loss in losses}
    taken: dict[Role, float] = {}
    for loss in losses:
        taken[loss.role] = taken.get(loss.role, 0.0) + (given[loss.name] or 0.0)
    rest = {loss.name: 1 - taken[loss.role] for loss in losses}
    return {name: rest[name] if share is None else share for name, share in given.items()}


def loss_weights(recipe: Recipe, losses: Collection[Weighted]) -> dict[str, float]:
    """Return the weight of each of these losses in the total, by name.

    Raises:
        RecipeError: neither content nor style has any weight.
    """
    roles, shares = role_weights(recipe), loss_shares(recipe, losses)
    return {loss.name: loss.scale * roles[loss.role] * shares[loss.name] for loss in losses}


def role_losses(
    values: Mapping[str, float], recipe: Recipe, losses: Collection[Weighted]
) -> dict[Role, float]:
    """Return what is reported of the losses' values: for each role the sum, each by its share."""
    sums: dict[Role, float] = {"content": 0.0, "style": 0.0, "variation": 0.0}
    shares = loss_shares(recipe, losses)
    for loss in losses:
        sums[loss.role] += values[loss.name] * shares[loss.name]
    return sums
