import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates, Sample, limits_key
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


def test_one_scale_is_reckoned_by_hand():
    recipe = Recipe(size=500, scales=1, max_steps=10, precision="float32")
    found = estimate(recipe, (1000, 2000), RATES)
    assert found.seconds == pytest.approx(5.0 + 0.125 * 10 * 4.0)
    assert found.peak_bytes == 1000 + 10 * 250 * 500


def test_all_scales_count():
    recipe = Recipe(size=512, precision="bfloat16")
    work = sum(scale.cost for scale in plan(recipe, (384, 512))) / 1e6
    assert estimate(recipe, (384, 512), RATES).seconds == pytest.approx(5.0 + work)


def test_auto_is_the_fastest_known_and_the_unknown_is_the_slowest():
    assert RATES.step_seconds(Recipe()) == 1.0
    assert RATES.step_seconds(Recipe(precision="float32")) == 4.0


def test_a_network_that_was_never_seen_here_is_guessed_from_the_other():
    rates = Rates(step_s={"compact/float32": 2.0}, paintings={"compact/float32": 1})
    assert rates.step_seconds(Recipe(backbone="vgg19")) == 8.0
    assert RATES.step_seconds(Recipe(backbone="compact")) == 1.0


def test_auto_is_the_network_that_was_seen_to_paint_here():
    rates = Rates(step_s={"compact/float32": 2.0}, paintings={"compact/float32": 1})
    assert rates.step_seconds(Recipe()) == 2.0
    both = rates.after(sample(90.0, key="vgg19/float32"))
    assert both.step_seconds(Recipe()) == 9.0


def test_a_brush_needs_one_pass():
    recipe = Recipe(size=1000)
    object.__setattr__(recipe, "feedforward_style", "waves")  # whatever brushes ship
    found = estimate(recipe, (1000, 2000), RATES)
    assert found.seconds == pytest.approx(1.0 + 0.5 * RATES.feedforward_s)
    assert found.peak_bytes == 1000 + 500_000_000


def test_patches_take_longer():
    assert RATES.step_seconds(Recipe(patch_share=10)) == 2.0


@given(st.integers(64, 1024), st.sampled_from(["sketch", "screen"]))
def test_larger_takes_longer_and_needs_more(size, quality):
    small = estimate(Recipe(size=size, quality=quality), (300, 400), RATES)
    large = estimate(Recipe(size=2 * size, quality=quality), (300, 400), RATES)
    assert large.seconds > small.seconds > RATES.start_s
    assert large.peak_bytes > small.peak_bytes


def test_a_scale_never_takes_less_than_its_least_nor_more_than_its_most():
    few, many = Rates(share_of_steps=0.01, shares={}), Rates(share_of_steps=1.0, shares={})
    recipe = Recipe(size=512)
    scales = plan(recipe, (384, 512))
    least = sum(s.size[0] * s.size[1] * s.limits.min_steps for s in scales) / 1e6
    assert estimate(recipe, (384, 512), few).seconds == pytest.approx(few.start_s + 8.0 * least)
    assert estimate(recipe, (384, 512), many).seconds > estimate(recipe, (384, 512), few).seconds


def test_a_photo_that_cannot_be_painted_is_refused_before():
    with refused(ImageError, "picture-too-narrow", MIN_SIDE):
        estimate(Recipe(size=64), (16, 5000), RATES)


def sample(steps_s, *, key="compact/float32", megapixel_steps=10.0, **more):
    return Sample(key=key, megapixel_steps=megapixel_steps, steps_s=steps_s, seconds=30.0, **more)


class TestLearning:
    def test_the_first_measurement_counts_whole_and_later_ones_are_blended(self):
        rates = RATES.after(sample(20.0))
        assert rates.step_s == {"compact/float32": 2.0}
        assert rates.after(sample(40.0)).step_s["compact/float32"] == pytest.approx(3.0)

    def test_a_guess_about_another_machine_is_forgotten_and_a_measurement_kept(self):
        rates = Rates().after(sample(20.0)).after(sample(40.0, key="vgg19/float32"))
        assert rates.step_s == {"compact/float32": 2.0, "vgg19/float32": 4.0}
        assert rates.paintings == {"compact/float32": 1, "vgg19/float32": 1}

    def test_start_and_share_are_learned_where_they_are_known(self):
        first = Rates().after(sample(20.0, share_of_steps=0.5))
        assert (first.start_s, first.share_of_steps) == (Rates().start_s, 0.5)
        second = first.after(sample(20.0, start_s=1.0, share_of_steps=0.7))
        assert (second.start_s, second.share_of_steps) == (1.0, pytest.approx(0.6))
        assert second.after(sample(20.0, start_s=2.0)).start_s == pytest.approx(1.5)

    def test_steps_that_a_recipe_fixes_are_all_made(self):
        recipe = Recipe(size=500, scales=1, max_steps=10, precision="float32")
        few = Rates(share_of_steps=0.1)
        assert estimate(recipe, (1000, 2000), few).seconds == pytest.approx(few.start_s + 0.125 * 10 * 8.0)

    @pytest.mark.parametrize(
        ("work", "seconds"), [(0, 1), (1, 0), (-1, 1), (float("nan"), 1), (1, float("inf"))]
    )
    def test_nonsense_teaches_nothing(self, work, seconds):
        assert RATES.after(sample(seconds, megapixel_steps=work)) == RATES


class TestTrial:
    """What a few steps show before anything is painted."""

    SCALES = ((0.01, 0.06), (0.04, 0.09))

    def test_it_replaces_guesses_about_another_machine(self):
        rates = Rates().after_trial(sample(3.0, scales=self.SCALES, start_s=2.0, scale_s=0.5))
        assert Rates().are_guesses
        assert not rates.are_guesses
        assert rates.step_of(Recipe(), 0.04) == pytest.approx(0.09)
        assert (rates.start_s, rates.scale_s) == (2.0, 0.5)
        assert rates.paintings == {}

    def test_what_another_machine_painted_says_how_many_steps_are_made_and_no_more(self):
        limits = next(iter(Rates().shares))
        painted = Rates().after(
            sample(30.0, key="vgg19/float32", start_s=9.0, scale_s=9.0, shares=((limits, 0.9),))
        )
        rates = painted.after_trial(sample(3.0, scales=self.SCALES, start_s=2.0, scale_s=0.5))
        assert rates.shares == painted.shares
        assert rates.step_s.keys() == rates.least_step_s.keys() == {"compact/float32"}
        assert (rates.start_s, rates.scale_s) == (2.0, 0.5)

    def test_the_first_painting_replaces_it(self):
        tried = Rates().after_trial(sample(3.0, scales=self.SCALES))
        slower = tuple((x, 3 * y) for x, y in self.SCALES)
        painted = tried.after(sample(9.0, scales=slower))
        assert painted.step_of(Recipe(), 0.04) == pytest.approx(0.27)
        assert painted.paintings == {"compact/float32": 1}


class TestStored:
    def test_round_trip_through_json(self):
        assert Rates.from_dict(json.loads(json.dumps(RATES.to_dict()))) == RATES

    @pytest.mark.parametrize(
        "data",
        [{}, {"step_s": None}, {"step_s": {"vgg19/float32": "fast"}}, {"start_s": -3}, {"other": 1}],
    )
    def test_what_makes_no_sense_takes_its_default(self, data):
        assert Rates.from_dict(data) == Rates()


class TestSmallAndLarge:
    """A step costs something however small it is, and more with each megapixel."""

    SCALES = ((0.01, 0.06), (0.04, 0.09))

    def test_both_costs_are_learned_from_one_painting(self):
        rates = Rates().after(sample(3.0, scales=self.SCALES))
        assert rates.least_step_s == {"compact/float32": pytest.approx(0.05)}
        assert rates.step_s == {"compact/float32": pytest.approx(1.0)}
        assert rates.step_seconds(Recipe(), 0.04) == pytest.approx(0.09)

    def test_what_is_seen_later_counts_as_much_as_of_any_rate(self):
        slower = tuple((x, 2 * y) for x, y in self.SCALES)
        rates = Rates().after(sample(3.0, scales=self.SCALES))
        for _ in range(20):
            rates = rates.after(sample(6.0, scales=slower))
        assert rates.step_seconds(Recipe(), 0.04) == pytest.approx(0.18, rel=0.01)

    @pytest.mark.parametrize("scales", [((0.04, 0.08),), ((0.01, 0.06), (0.04, 0.03))])
    def test_where_there_is_no_line_a_step_costs_by_its_size(self, scales):
        rates = Rates().after(sample(3.0, scales=scales))
        assert rates.least_step_s == {"compact/float32": 0.0}
        assert rates.step_s["compact/float32"] > 0

    def test_each_further_scale_has_its_price(self):
        recipe = Recipe(size=256, max_steps=1, backbone="compact")
        scales = len(plan(recipe, (256, 256)))
        free = Rates().after(sample(3.0, scales=self.SCALES))
        priced = Rates().after(sample(3.0, scales=self.SCALES, scale_s=2.0))
        found = [estimate(recipe, (256, 256), rates).seconds for rates in (free, priced)]
        assert found[1] - found[0] == pytest.approx(2.0 * (scales - 1))

    def test_the_fit_survives_json(self):
        rates = Rates().after(sample(3.0, scales=self.SCALES, scale_s=2.0))
        assert Rates.from_dict(json.loads(json.dumps(rates.to_dict()))) == rates

    def test_how_many_steps_are_made_is_learned_for_each_pace(self):
        recipe, size = Recipe(size=128, quality="sketch", backbone="compact"), (128, 128)
        (scale,) = plan(recipe, size)
        rates = Rates().after(sample(3.0, scales=self.SCALES, shares=((limits_key(scale), 0.5),)))
        steps = 0.5 * scale.limits.max_steps
        expected = rates.start_s + steps * rates.step_seconds(recipe, 128 * 128 / 1e6)
        assert estimate(recipe, size, rates).seconds == pytest.approx(expected)
        again = rates.after(sample(3.0, scales=self.SCALES, shares=((limits_key(scale), 0.6),)))
        assert again.shares == Rates().shares | {limits_key(scale): pytest.approx(0.53)}


def test_a_prints_memory_hardly_grows_with_its_size_and_its_time_does():
    small, large = (estimate(Recipe(paper=sheet), (300, 400), Rates()) for sheet in ("A5", "A3"))
    assert large.seconds > 2.5 * small.seconds
    assert large.peak_bytes < 6 * 2**30
    assert large.peak_bytes - small.peak_bytes < 1.5e9
