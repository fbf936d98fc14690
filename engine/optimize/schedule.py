"""Decides when a scale is done, and measures how much of the work is done. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

from engine.recipe.scales import Scale, StepLimits

_WINDOW = 5
"""The decrease of the loss is judged over this many steps, as it varies from step to step."""


def is_done(limits: StepLimits, losses: Sequence[float]) -> bool:
    """Return whether a scale has made all its steps, or they no longer lower the loss enough.

    Args:
        limits: the scale's limits.
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
    """Return the share of the work that is done, in [0, 1], as if every scale took its most steps.

    Args:
        scales: of the painting, coarse to fine.
        index: the scale that is being painted; `len(scales)` if all are done.
        steps: made at that scale so far; a part of a step counts.
    """
    total = sum(scale.cost for scale in scales)
    before = sum(scale.cost for scale in scales[:index])
    if index == len(scales):
        return 1.0
    scale = scales[index]
    return (before + scale.cost * min(1.0, steps / scale.limits.max_steps)) / total
