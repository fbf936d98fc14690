import math

import pytest

from engine.errors import ImageError
from engine.optimize.schedule import is_done, progress
from engine.recipe import Recipe
from engine.recipe.scales import MIN_SIDE, StepLimits, plan
from tests.support.refusals import refused

PACE = StepLimits(min_steps=10, max_steps=50, min_decrease=0.01)


def test_halves_the_longer_side_down_to_about_128() -> None:
    sizes = [scale.size for scale in plan(Recipe(size=512), (300, 400))]
    assert sizes == [(96, 128), (192, 256), (384, 512)]
    assert [max(scale.size) for scale in plan(Recipe(size=1024), (400, 300))] == [128, 256, 512, 1024]
    assert [scale.size for scale in plan(Recipe(size=100), (300, 400))] == [(75, 100)]


def test_the_recipe_may_say_how_many_scales_and_steps() -> None:
    scales = plan(Recipe(size=512, scales=2, max_steps=7), (400, 400))
    assert [max(scale.size) for scale in scales] == [256, 512]
    assert all(scale.limits == StepLimits(7, 7, 0.0) for scale in scales)


def test_scales_too_small_for_the_network_are_left_out() -> None:
    assert all(min(scale.size) >= MIN_SIDE for scale in plan(Recipe(size=512), (64, 600)))
    with refused(ImageError, "picture-too-narrow", "512 px", "9 px", MIN_SIDE):
        plan(Recipe(size=512), (16, 900))


def test_a_sketch_costs_less_than_a_screen_picture() -> None:
    sketch, screen = (plan(Recipe(quality=quality), (400, 400)) for quality in ("sketch", "screen"))
    assert sum(scale.cost for scale in sketch) < 0.5 * sum(scale.cost for scale in screen)


def test_a_scale_ends_when_steps_no_longer_pay() -> None:
    falling = [math.exp(-0.05 * step) for step in range(60)]
    assert not is_done(PACE, falling[:30])
    assert is_done(PACE, falling[:50])
    level = falling[:20] + [falling[20]] * 10
    assert is_done(PACE, level)
    assert not is_done(PACE, level[:22])
    assert not is_done(PACE, [1.0] * 9)


def test_losses_that_are_not_to_be_judged_are_infinite() -> None:
    assert not is_done(PACE, [math.inf] * 20)
    assert not is_done(PACE, [math.inf] * 20 + [1.0] * 5)
    assert is_done(PACE, [math.inf] * 20 + [1.0] * 6)


def test_progress_goes_from_zero_to_one_and_never_back() -> None:
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
