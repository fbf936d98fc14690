import pytest

from engine.recipe.rates import Rates
from worker.step_timer import StepTimer

SMALL, LARGE = (96, 128), (192, 256)


def steps(timer, scale, count, seconds, gain, start):
    for number in range(1, count + 1):
        timer.add_step(scale=scale, progress=start + number * gain, seconds=seconds)


def test_without_enough_steps_there_is_no_estimate():
    timer = StepTimer()
    timer.start_at(0)
    assert timer.seconds_left() is None
    timer.add_step(scale=SMALL, progress=0.01, seconds=9.0)
    assert timer.seconds_left() is None


def test_the_first_step_of_a_scale_builds_its_graph_and_does_not_count():
    timer = StepTimer()
    timer.start_at(0)
    timer.add_step(scale=SMALL, progress=0.01, seconds=9.0)
    steps(timer, SMALL, 4, 0.1, 0.01, 0.01)
    assert timer.seconds_left() == pytest.approx(0.95 * 10 * Rates().share_of_steps)


def test_the_speed_of_a_new_scale_counts_once_it_is_known():
    timer = StepTimer()
    timer.start_at(0)
    steps(timer, SMALL, 6, 0.1, 0.01, 0)
    before = timer.seconds_left()
    timer.add_step(scale=LARGE, progress=0.1, seconds=20.0)
    assert timer.seconds_left() == pytest.approx(before * 0.9 / 0.94)
    steps(timer, LARGE, 3, 2.0, 0.1, 0.1)
    assert timer.seconds_left() == pytest.approx(0.6 * 20 * Rates().share_of_steps)


def test_the_patience_covers_a_step_of_the_next_scale():
    timer = StepTimer()
    assert timer.patience_s(15) == 15
    timer.add_step(scale=SMALL, progress=0.1, seconds=6)
    assert timer.patience_s(15) == 39
