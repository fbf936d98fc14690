"""Coarse to fine: at which sizes a picture is painted, and when to go on to the next.

Large strokes are found at small sizes, where a step costs little; the finest
scale only works them out. A scale ends when its steps no longer pay, within
bounds that the recipe's quality sets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.paper import longer_side
from engine.recipe.sizes import fitted_size

COARSEST = 128
"""The longer side, in pixels, that the first scale has if the recipe leaves it open."""
LEAST_SIDE = 32
"""A side shorter than this vanishes in the upper layers of a network."""


@dataclass(frozen=True)
class StepLimits:
    """The bounds of one scale.

    Attributes:
        least: the fewest steps.
        most: the most steps.
        worth: the relative decrease of the loss that a step must bring, on
            average over the last few, for the scale to go on.
    """

    least: int
    most: int
    worth: float


@dataclass(frozen=True)
class Scale:
    """One size of the picture, (height, width), and its pace."""

    size: tuple[int, int]
    limits: StepLimits

    @property
    def cost(self) -> float:
        """What all of its steps cost, in pixels."""
        return float(self.size[0] * self.size[1] * self.limits.most)


_STEP_LIMITS = {
    # Up to which longer side; a step at twice the side costs four times as much.
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
        recipe: its size, quality, scales and steps.
        content_size: the photo's (height, width).

    Raises:
        ImageError: the photo is so narrow that a side would vanish.
    """
    longest = longer_side(recipe, content_size)
    finest = fitted_size(content_size, longest)
    if min(finest) < LEAST_SIDE:
        raise ImageError(
            f"The photo is too narrow: at {longest} px its shorter side would have {min(finest)} px, "
            f"and at least {LEAST_SIDE} are needed; choose a larger size or crop it.",
            code="picture-too-narrow",
        )
    sizes = [fitted_size(content_size, side) for side in _sides(recipe, longest)]
    sizes = [size for size in sizes if min(size) >= LEAST_SIDE]
    return tuple(Scale(size, _step_limits(recipe, max(size))) for size in sizes)


def _step_limits(recipe: Recipe, longer_side: int) -> StepLimits:
    limits = next(limits for side, limits in _STEP_LIMITS[recipe.quality] if longer_side <= side)
    if recipe.max_steps is None:
        return limits
    return StepLimits(min(limits.least, recipe.max_steps), recipe.max_steps, 0.0)


def _sides(recipe: Recipe, longest: int) -> list[int]:
    """Halve the longer side until the coarsest is reached, or as often as the recipe says."""
    sides = [longest]
    if recipe.scales is not None:
        return [max(1, longest >> halvings) for halvings in reversed(range(recipe.scales))]
    while sides[0] / 2 >= COARSEST * 0.75:
        sides.insert(0, round(sides[0] / 2))
    return sides
