"""What a painting cost: its steps, its scales and its start, each separately."""

from types import SimpleNamespace

import pytest

from engine.recipe import Recipe
from engine.recipe.rates import Rates
from tests.support.studio_store import Clock
from worker.cost_record import CostRecord

BACKBONE = SimpleNamespace(name="compact")
RECIPE = Recipe(size=200, scales=2, max_steps=4)
SIZE = (100, 100)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cost_record(clock):
    cost_record = CostRecord(clock.monotonic)
    cost_record.expect(RECIPE, SIZE, Rates())
    clock.sleep(4)
    for scale, seconds in [(100, 3), (100, 1), (100, 1), (200, 6), (200, 5), (200, 2), (200, 2)]:
        clock.sleep(seconds)
        cost_record.add_step((scale, scale))
    return cost_record


def test_steps_scales_and_start_are_measured_separately(cost_record):
    sample = cost_record.sample(RECIPE, SIZE, BACKBONE)
    assert sample.scales == ((0.01, 1.0), (0.04, 2.0))
    assert (sample.seconds, sample.steps_s) == (24.0, 11.0)
    # The 4 s before the first step and its 3 s contain one typical step of 1 s; the 6 s and 5 s, two of 2 s.
    assert (sample.start_s, sample.scale_s) == (6.0, 7.0)
    assert sample.megapixel_steps == pytest.approx(0.19)
    assert sample.share_of_steps is None


def test_when_the_network_had_to_be_opened_only_the_steps_are_typical(cost_record):
    cost_record.opened_network = True
    sample = cost_record.sample(RECIPE, SIZE, BACKBONE)
    assert (sample.start_s, sample.scale_s) == (None, None)
    assert sample.scales


def test_the_share_of_steps_is_weighted_by_their_cost(cost_record):
    recipe = Recipe(size=200, scales=2)
    sample = cost_record.sample(recipe, SIZE, BACKBONE)
    assert 0 < sample.share_of_steps < 0.2
    assert sample.shares == (("30-120", 3 / 120), ("16-40", 4 / 40))


def test_a_disturbed_or_too_short_painting_gives_no_sample(cost_record, clock):
    cost_record.disturbed = True
    assert cost_record.sample(RECIPE, SIZE, BACKBONE) is None
    short = CostRecord(clock.monotonic)
    short.expect(RECIPE, SIZE, Rates())
    short.add_step((100, 100))
    assert short.sample(RECIPE, SIZE, BACKBONE) is None
