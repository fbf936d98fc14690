"""What a few steps of noise tell of a machine: on one whose costs are known."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates
from engine.recipe.scales import plan
from tests.support.studio_store import Clock
from worker import trial

BACKBONE = SimpleNamespace(name="compact", dtype=SimpleNamespace(name="float32"))


@dataclass
class Machine:
    """A machine on which a step takes `least_s` and `megapixel_s` for each megapixel, and a first one more.

    Stands for `engine.painting.Painting`.
    """

    clock: Clock
    least_s: float = 0.02
    megapixel_s: float = 1.0
    first_s: float = 0.4
    start_s: float = 0.3
    steps: int = 0

    def step_s(self, megapixels: float) -> float:
        return self.least_s + self.megapixel_s * megapixels

    def begin(self, content, styles, recipe, *, backbone):
        (scale,) = plan(recipe, content.shape[:2])
        self.clock.sleep(self.start_s)
        return OnMachine(self, scale.size, recipe.max_steps)


class OnMachine:
    def __init__(self, machine, size, steps):
        self.machine, self.size, self.left = machine, size, steps
        self.first = True

    @property
    def finished(self):
        return self.left == 0

    def advance(self):
        self.left -= 1
        self.machine.steps += 1
        extra_s, self.first = self.machine.first_s * self.first, False
        self.machine.clock.sleep(extra_s + self.machine.step_s(self.size[0] * self.size[1] / 1e6))
        return SimpleNamespace(scale=self.size)

    def picture(self):
        return None


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def machine(clock, monkeypatch):
    machine = Machine(clock)
    monkeypatch.setattr(trial, "Painting", machine)
    return machine


def measured(machine, given_up=lambda: False):
    return trial.measure_steps(BACKBONE, given_up, machine.clock.monotonic)


@pytest.mark.parametrize("slower", [0.1, 1, 10, 100])
def test_it_finds_the_costs_of_the_machine(machine, slower):
    machine.least_s, machine.megapixel_s = 0.02 * slower, 1.0 * slower
    rates = Rates().after_trial(measured(machine))
    assert rates.least_step_s == {"compact/float32": pytest.approx(0.02 * slower)}
    assert rates.step_s == {"compact/float32": pytest.approx(1.0 * slower)}
    assert rates.start_s == pytest.approx(0.7)
    assert rates.scale_s == pytest.approx(0.7)


def test_a_first_estimate_is_what_the_painting_will_take(machine):
    recipe, size = Recipe(size=512, max_steps=30), (300, 400)
    took = sum(
        machine.start_s + machine.first_s + 30 * machine.step_s(scale.size[0] * scale.size[1] / 1e6)
        for scale in plan(recipe, size)
    )
    assert estimate(recipe, size, Rates().after_trial(measured(machine))).seconds == pytest.approx(took)


def test_a_quick_machine_is_tried_at_every_size_and_a_slow_one_at_two(machine):
    machine.megapixel_s = machine.first_s = machine.start_s = 0.01
    measured(machine)
    assert machine.steps == trial.STEPS * len(trial.SIDES)
    machine.steps, machine.megapixel_s = 0, 50
    measured(machine)
    assert machine.steps == trial.STEPS * 2


@pytest.mark.parametrize("megapixel_s", [0.1, 1, 3])
def test_it_takes_no_longer_than_it_may(machine, clock, megapixel_s):
    machine.megapixel_s = megapixel_s
    began = clock.monotonic()
    measured(machine)
    assert clock.monotonic() - began <= trial.LIMIT_S


def test_it_ends_within_a_step_when_somebody_comes(machine):
    assert measured(machine, given_up=lambda: machine.steps == 3) is None
    assert machine.steps == 3
