import json

import pytest

from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates, Sample, limits_key
from engine.recipe.scales import plan

RATES = Rates(
    step_s={"vgg19/float32": 4.0, "vgg19/bfloat16": 1.0},
    share_of_steps=1.0,
    shares=dict.fromkeys(Rates().shares, 1.0),
    start_s=5.0,
    base_bytes=1000,
    pixel_bytes=10,
)


def sample(steps_s, *, key="compact/float32", megapixel_steps=10.0, **more):
    return Sample(key=key, megapixel_steps=megapixel_steps, steps_s=steps_s, seconds=30.0, **more)


def test_auto_is_the_fastest_measured_precision():
    assert RATES.step_seconds(Recipe()) == 1.0
    assert RATES.step_seconds(Recipe(precision="float32")) == 4.0


def test_a_network_without_measurements_is_guessed_from_another():
    rates = Rates(step_s={"compact/float32": 2.0}, paintings={"compact/float32": 1})
    assert rates.step_seconds(Recipe(backbone="vgg19")) == 8.0
    assert RATES.step_seconds(Recipe(backbone="compact")) == 1.0


def test_auto_is_the_network_that_has_painted():
    rates = Rates(step_s={"compact/float32": 2.0}, paintings={"compact/float32": 1})
    assert rates.step_seconds(Recipe()) == 2.0
    both = rates.after(sample(90.0, key="vgg19/float32"))
    assert both.step_seconds(Recipe()) == 9.0


def test_patches_take_longer():
    assert RATES.step_seconds(Recipe(patch_share=10)) == 2.0


class TestLearning:
    def test_the_first_measurement_replaces_the_guess_and_later_ones_are_blended(self):
        rates = RATES.after(sample(20.0))
        assert rates.step_s == {"compact/float32": 2.0}
        assert rates.after(sample(40.0)).step_s["compact/float32"] == pytest.approx(3.0)

    def test_a_guess_is_dropped_and_a_measurement_kept(self):
        rates = Rates().after(sample(20.0)).after(sample(40.0, key="vgg19/float32"))
        assert rates.step_s == {"compact/float32": 2.0, "vgg19/float32": 4.0}
        assert rates.paintings == {"compact/float32": 1, "vgg19/float32": 1}

    def test_start_and_share_are_learned_from_samples_that_have_them(self):
        first = Rates().after(sample(20.0, share_of_steps=0.5))
        assert (first.start_s, first.share_of_steps) == (Rates().start_s, 0.5)
        second = first.after(sample(20.0, start_s=1.0, share_of_steps=0.7))
        assert second.start_s == 1.0
        assert second.share_of_steps == pytest.approx(0.6)
        assert second.after(sample(20.0, start_s=2.0)).start_s == pytest.approx(1.5)

    @pytest.mark.parametrize(
        ("work", "seconds"), [(0, 1), (1, 0), (-1, 1), (float("nan"), 1), (1, float("inf"))]
    )
    def test_a_nonsensical_sample_changes_nothing(self, work, seconds):
        assert RATES.after(sample(seconds, megapixel_steps=work)) == RATES


class TestTrial:
    """The rates after a few trial steps, before anything is painted."""

    SCALES = ((0.01, 0.06), (0.04, 0.09))

    def test_it_replaces_the_guesses(self):
        rates = Rates().after_trial(sample(3.0, scales=self.SCALES, start_s=2.0, scale_s=0.5))
        assert Rates().are_guesses
        assert not rates.are_guesses
        assert rates.step_seconds(Recipe(), 0.04) == pytest.approx(0.09)
        assert (rates.start_s, rates.scale_s) == (2.0, 0.5)
        assert rates.paintings == {}

    def test_another_machines_paintings_only_tell_how_many_steps_are_made(self):
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
        assert painted.step_seconds(Recipe(), 0.04) == pytest.approx(0.27)
        assert painted.paintings == {"compact/float32": 1}


class TestStored:
    def test_round_trip_through_json(self):
        assert Rates.from_dict(json.loads(json.dumps(RATES.to_dict()))) == RATES

    @pytest.mark.parametrize(
        "data",
        [{}, {"step_s": None}, {"step_s": {"vgg19/float32": "fast"}}, {"start_s": -3}, {"other": 1}],
    )
    def test_nonsensical_values_take_their_defaults(self, data):
        assert Rates.from_dict(data) == Rates()


class TestSmallAndLarge:
    """Every step has a base cost, and a cost for each megapixel."""

    SCALES = ((0.01, 0.06), (0.04, 0.09))

    def test_both_costs_are_learned_from_one_painting(self):
        rates = Rates().after(sample(3.0, scales=self.SCALES))
        assert rates.least_step_s == {"compact/float32": pytest.approx(0.05)}
        assert rates.step_s == {"compact/float32": pytest.approx(1.0)}
        assert rates.step_seconds(Recipe(), 0.04) == pytest.approx(0.09)

    def test_the_fit_follows_later_paintings(self):
        slower = tuple((x, 2 * y) for x, y in self.SCALES)
        rates = Rates().after(sample(3.0, scales=self.SCALES))
        for _ in range(20):
            rates = rates.after(sample(6.0, scales=slower))
        assert rates.step_seconds(Recipe(), 0.04) == pytest.approx(0.18, rel=0.01)

    @pytest.mark.parametrize("scales", [((0.04, 0.08),), ((0.01, 0.06), (0.04, 0.03))])
    def test_without_a_fitting_line_a_step_costs_by_its_size(self, scales):
        rates = Rates().after(sample(3.0, scales=scales))
        assert rates.least_step_s == {"compact/float32": 0.0}
        assert rates.step_s["compact/float32"] > 0

    def test_each_further_scale_has_a_cost(self):
        recipe = Recipe(size=256, max_steps=1, backbone="compact")
        scales = len(plan(recipe, (256, 256)))
        without = Rates().after(sample(3.0, scales=self.SCALES))
        with_cost = Rates().after(sample(3.0, scales=self.SCALES, scale_s=2.0))
        found = [estimate(recipe, (256, 256), rates).seconds for rates in (without, with_cost)]
        assert found[1] - found[0] == pytest.approx(2.0 * (scales - 1))

    def test_the_fit_survives_json(self):
        rates = Rates().after(sample(3.0, scales=self.SCALES, scale_s=2.0))
        assert Rates.from_dict(json.loads(json.dumps(rates.to_dict()))) == rates

    def test_the_share_of_steps_is_learned_for_each_set_of_limits(self):
        recipe, size = Recipe(size=128, quality="sketch", backbone="compact"), (128, 128)
        (scale,) = plan(recipe, size)
        rates = Rates().after(sample(3.0, scales=self.SCALES, shares=((limits_key(scale), 0.5),)))
        steps = 0.5 * scale.limits.max_steps
        expected = rates.start_s + steps * rates.step_seconds(recipe, 128 * 128 / 1e6)
        assert estimate(recipe, size, rates).seconds == pytest.approx(expected)
        again = rates.after(sample(3.0, scales=self.SCALES, shares=((limits_key(scale), 0.6),)))
        assert again.shares == pytest.approx({**Rates().shares, limits_key(scale): 0.53})
