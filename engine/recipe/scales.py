"""Coarse to fine: the sizes at which a picture is painted, and how many steps each of them gets.

Large strokes form at small sizes, where a step is cheap; the finest scale only
adds their detail. A scale ends when its steps bring too little, within limits
set by the recipe's quality.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.paper import longer_side
from engine.recipe.sizes import fitted_size

COARSEST_SIDE = 128
"""The approximate longer side of the first scale, in pixels, if the recipe does not set the scales."""
MIN_SIDE = 32
"""A side shorter than this vanishes in the upper layers of a network."""


@dataclass(frozen=True)
class StepLimits:
    """How many steps one scale takes.

    Attributes:
        min_steps: the fewest steps.
        max_steps: the most steps.
        min_decrease: the scale goes on while the last few steps, on average,
            lower the loss by at least this fraction each.
    """

    min_steps: int
    max_steps: int
    min_decrease: float


@dataclass(frozen=True)
class Scale:
    """One size of the picture, (height, width), and its step limits."""

    size: tuple[int, int]
    limits: StepLimits

    @property
    def cost(self) -> float:
        """The cost of all its steps, in pixels."""
        return float(self.size[0] * self.size[1] * self.limits.max_steps)


_STEP_LIMITS = {
    # (longest side, limits): a step at twice the side costs four times as much.
    "screen": (
        (192, StepLimits(30, 120, 0.004)),
        (384, StepLimits(16, 40, 0.006)),
        (math.inf, StepLimits(10, 20, 0.01)),
    ),
    "sketch": (
        (192, StepLimits(15, 50, 0.008)),
        (384, StepLimits(8, 20, 0.015)),
        (math.inf, StepLimits(4, 8, 0.03)),
    ),
}


def plan(recipe: Recipe, content_size: tuple[int, int]) -> tuple[Scale, ...]:
    """Choose the scales of a painting, coarse to fine.

    Args:
        recipe: the size, quality, scales and steps count.
        content_size: the photo's (height, width).

    Raises:
        ImageError: the photo is so narrow that its shorter side would be too small.
    """
    longest = longer_side(recipe, content_size)
    finest = fitted_size(content_size, longest)
    if min(finest) < MIN_SIDE:
        raise ImageError(
            f"The photo is too narrow: with a longer side of {longest} px, its shorter side would be only "
            f"{min(finest)} px, and it needs at least {MIN_SIDE} px. Choose a larger size or crop the photo.",
            code="picture-too-narrow",
        )
    sizes = [fitted_size(content_size, side) for side in _sides(recipe, longest)]
    sizes = [size for size in sizes if min(size) >= MIN_SIDE]
    return tuple(Scale(size, _step_limits(recipe, max(size))) for size in sizes)


def _step_limits(recipe: Recipe, longer_side: int) -> StepLimits:
    limits = next(limits for side, limits in _STEP_LIMITS[recipe.quality] if longer_side <= side)
    if recipe.max_steps is None:
        return limits
    return StepLimits(min(limits.min_steps, recipe.max_steps), recipe.max_steps, 0.0)


def _sides(recipe: Recipe, longest: int) -> list[int]:
    """Halve the longer side down to the coarsest, or as often as the recipe says."""
    sides = [longest]
    if recipe.scales is not None:
        return [max(1, longest >> halvings) for halvings in reversed(range(recipe.scales))]
    while sides[0] / 2 >= COARSEST_SIDE * 0.75:
        sides.insert(0, round(sides[0] / 2))
    return sides
