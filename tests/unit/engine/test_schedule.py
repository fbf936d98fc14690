import math

import pytest

from engine.optimize.schedule import is_done, progress
from engine.recipe import Recipe
from engine.recipe.scales import StepLimits, plan

LIMITS = StepLimits(min_steps=10, max_steps=50, min_decrease=0.01)


def test_a_scale_ends_when_the_loss_hardly_falls() -> None:
    falling = [math.exp(-0.05 * step) for step in range(60)]
    assert not is_done(LIMITS, falling[:30])
    assert is_done(LIMITS, falling[:50])
    level = falling[:20] + [falling[20]] * 10
    assert is_done(LIMITS, level)
    assert not is_done(LIMITS, level[:22])
    assert not is_done(LIMITS, [1.0] * 9)


def test_infinite_losses_are_not_judged() -> None:
    assert not is_done(LIMITS, [math.inf] * 20)
    assert not is_done(LIMITS, [math.inf] * 20 + [1.0] * 5)
    assert is_done(LIMITS, [math.inf] * 20 + [1.0] * 6)


def test_progress_rises_from_zero_to_one() -> None:
    scales = plan(Recipe(size=512), (400, 400))
    shares = [
        progress(scales, index, steps)
        for index, scale in enumerate(scales)
        for steps in range(scale.limits.max_steps + 1)
    ]
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)
    assert progress(scales, len(scales), 0) == pytest.approx(1)
