import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates
from engine.recipe.scales import MIN_SIDE, plan
from tests.support.refusals import refused

RATES = Rates(
    step_s={"vgg19/float32": 4.0, "vgg19/bfloat16": 1.0},
    share_of_steps=1.0,
    shares=dict.fromkeys(Rates().shares, 1.0),
    start_s=5.0,
    base_bytes=1000,
    pixel_bytes=10,
)


def test_one_scale_matches_a_calculation_by_hand():
    recipe = Recipe(size=500, scales=1, max_steps=10, precision="float32")
    found = estimate(recipe, (1000, 2000), RATES)
    assert found.seconds == pytest.approx(5.0 + 0.125 * 10 * 4.0)
    assert found.peak_bytes == 1000 + 10 * 250 * 500


def test_all_scales_count():
    recipe = Recipe(size=512, precision="bfloat16")
    work = sum(scale.cost for scale in plan(recipe, (384, 512))) / 1e6
    assert estimate(recipe, (384, 512), RATES).seconds == pytest.approx(5.0 + work)


def test_a_one_pass_style_needs_one_pass():
    recipe = Recipe(size=1000)
    object.__setattr__(recipe, "feedforward_style", "waves")  # independent of the built-in styles
    found = estimate(recipe, (1000, 2000), RATES)
    assert found.seconds == pytest.approx(1.0 + 0.5 * RATES.feedforward_s)
    assert found.peak_bytes == 1000 + 500_000_000


@given(st.integers(64, 1024), st.sampled_from(["sketch", "screen"]))
def test_a_larger_picture_takes_longer_and_needs_more_memory(size, quality):
    small = estimate(Recipe(size=size, quality=quality), (300, 400), RATES)
    large = estimate(Recipe(size=2 * size, quality=quality), (300, 400), RATES)
    assert large.seconds > small.seconds > RATES.start_s
    assert large.peak_bytes > small.peak_bytes


def test_a_scale_keeps_to_its_step_limits():
    few, many = Rates(share_of_steps=0.01, shares={}), Rates(share_of_steps=1.0, shares={})
    recipe = Recipe(size=512)
    scales = plan(recipe, (384, 512))
    least = sum(s.size[0] * s.size[1] * s.limits.min_steps for s in scales) / 1e6
    assert estimate(recipe, (384, 512), few).seconds == pytest.approx(few.start_s + 8.0 * least)
    assert estimate(recipe, (384, 512), many).seconds > estimate(recipe, (384, 512), few).seconds


def test_a_fixed_number_of_steps_counts_in_full():
    recipe = Recipe(size=500, scales=1, max_steps=10, precision="float32")
    few = Rates(share_of_steps=0.1)
    assert estimate(recipe, (1000, 2000), few).seconds == pytest.approx(few.start_s + 0.125 * 10 * 8.0)


def test_a_photo_that_is_too_narrow_is_refused():
    with refused(ImageError, "picture-too-narrow", MIN_SIDE):
        estimate(Recipe(size=64), (16, 5000), RATES)


def test_the_time_of_a_print_grows_with_its_size_and_its_memory_hardly():
    small, large = (estimate(Recipe(paper=sheet), (300, 400), Rates()) for sheet in ("A5", "A3"))
    assert large.seconds > 2.5 * small.seconds
    assert large.peak_bytes < 6 * 2**30
    assert large.peak_bytes - small.peak_bytes < 1.5e9
