"""Time a few steps at a few sizes.

First estimates rest on them: a guess from other machines was seen to be ten
times too long. Loads TensorFlow, so only a worker's child may import this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from engine.imaging import images
from engine.painting import Painting
from engine.recipe import Recipe
from engine.recipe.rates import Rates, Sample
from worker.cost_record import CostRecord

if TYPE_CHECKING:
    from engine.backbones import Backbone
    from worker.pictures import Floats

SIDES = (128, 256, 384, 512, 1024)
"""The longer sides to time. The first two are always timed: a step has a cost however small it is."""
STEPS = 4
"""The steps at each size; the first one builds its graph."""
LIMIT_S = 4.0
"""No size is begun that would probably bring the total above this."""


def measure_steps(
    backbone: Backbone, is_interrupted: Callable[[], bool], clock: Callable[[], float]
) -> Sample | None:
    """Paint noise for a few steps, and return what they took.

    Args:
        backbone: the network to compare through.
        is_interrupted: asked before each step; if it says yes, nothing is returned.
        clock: monotonic seconds.
    """
    began_at = clock()
    cost_record = CostRecord(clock)
    for side, next_side in zip(SIDES, (*SIDES[1:], None), strict=True):
        size_began_at = clock()
        recipe, photo = Recipe(size=side, scales=1, max_steps=STEPS), _noise(side, seed=0)
        cost_record.expect(recipe, photo.shape[:2], Rates())
        painting = Painting.begin(photo, [_noise(side, seed=1)], recipe, backbone=backbone)
        while not painting.finished:
            if is_interrupted():
                return None
            report = painting.advance()
            painting.picture()  # waits for the step: it may be computed in the background
            cost_record.add_step(report.scale)
        now = clock()
        if side > SIDES[0] and next_side:
            next_s = (now - size_began_at) * (next_side / side) ** 2
            if now - began_at + next_s > LIMIT_S:
                break
    return cost_record.sample(recipe, photo.shape[:2], backbone)


def _noise(side: int, seed: int) -> Floats:
    """Return a picture of soft spots, (3/4 side, side, 3)."""
    spots = np.random.default_rng(seed).random((6, 8, 3), dtype=np.float32)
    return images.resize(spots, (side * 3 // 4, side))
