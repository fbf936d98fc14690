"""Coarse to fine: at which sizes a picture is painted, and when to go on to the next.

Large strokes are found at small sizes, where a step costs little; the finest
scale only works them out. A scale ends when its steps no longer pay, within
bounds that the recipe's quality sets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import ImageError
from engine.images import fitted_size
from engine.paper import longer_side
from engine.recipe import Recipe

COARSEST = 128
"""The longer side, in pixels, that the first scale has if the recipe leaves it open."""
LEAST_SIDE = 32
"""A side shorter than this vanishes in the upper layers of a network."""
_WINDOW = 5
"""Progress is judged over so many steps, as single ones vary."""


@dataclass(frozen=True)
class Pace:
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
    pace: Pace

    @property
    def cost(self) -> float:
        """What all of its steps cost, in pixels."""
        return float(self.size[0] * self.size[1] * self.pace.most)


_PACES = {
    # Up to which longer side; a step at twice the side costs four times as much.
    "screen": ((192, Pace(30, 120, 0.004)), (384, Pace(16, 40, 0.006)), (math.inf, Pace(10, 20, 0.01))),
    "sketch": ((192, Pace(15, 50, 0.008)), (384, Pace(8, 20, 0.015)), (math.inf, Pace(4, 8, 0.03))),
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
            f"and at least {LEAST_SIDE} are needed; choose a larger size or crop it."
        )
    sizes = [fitted_size(content_size, side) for side in _sides(recipe, longest)]
    sizes = [size for size in sizes if min(size) >= LEAST_SIDE]
    return tuple(Scale(size, _pace(recipe, max(size))) for size in sizes)


def _pace(recipe: Recipe, longer_side: int) -> Pace:
    pace = next(pace for side, pace in _PACES[recipe.quality] if longer_side <= side)
    if recipe.max_steps is None:
        return pace
    return Pace(min(pace.least, recipe.max_steps), recipe.max_steps, 0.0)


def _sides(recipe: Recipe, longest: int) -> list[int]:
    """Halve the longer side until the coarsest is reached, or as often as the recipe says."""
    sides = [longest]
    if recipe.scales is not None:
        return [max(1, longest >> halvings) for halvings in reversed(range(recipe.scales))]
    while sides[0] / 2 >= COARSEST * 0.75:
        sides.insert(0, round(sides[0] / 2))
    return sides


def is_done(pace: Pace, losses: Sequence[float]) -> bool:
    """Tell whether a scale has had its steps, or they no longer pay.

    Args:
        pace: the scale's bounds.
        losses: the total loss after each of the scale's steps so far.
    """
    steps = len(losses)
    if steps >= pace.most:
        return True
    if steps < max(pace.least, _WINDOW + 1):
        return False
    before, now = losses[-1 - _WINDOW], losses[-1]
    return before - now < pace.worth * _WINDOW * before


def progress(scales: Sequence[Scale], index: int, steps: float) -> float:
    """Return how much of the work is done, in [0, 1]: what remains is reckoned with the most steps."""
    total = sum(scale.cost for scale in scales)
    before = sum(scale.cost for scale in scales[:index])
    here = scales[index].cost * min(1.0, steps / scales[index].pace.most) if index < len(scales) else 0.0
    return (before + here) / total
