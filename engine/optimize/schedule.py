"""When a scale has had its steps, and how much of the work is done. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

from engine.recipe.scales import Scale, StepLimits

_WINDOW = 5
"""Progress is judged over so many steps, as single ones vary."""


def is_done(limits: StepLimits, losses: Sequence[float]) -> bool:
    """Tell whether a scale has had its steps, or they no longer pay.

    Args:
        limits: the scale's bounds.
        losses: the total loss after each of the scale's steps so far.
    """
    steps = len(losses)
    if steps >= limits.max_steps:
        return True
    if steps < max(limits.min_steps, _WINDOW + 1):
        return False
    before, now = losses[-1 - _WINDOW], losses[-1]
    return before - now < limits.min_decrease * _WINDOW * before


def progress(scales: Sequence[Scale], index: int, steps: float) -> float:
    """Return how much of the work is done, in [0, 1]: what remains is reckoned with the most steps."""
    total = sum(scale.cost for scale in scales)
    before = sum(scale.cost for scale in scales[:index])
    if index == len(scales):
        return 1.0
    scale = scales[index]
    return (before + scale.cost * min(1.0, steps / scale.limits.max_steps)) / total
