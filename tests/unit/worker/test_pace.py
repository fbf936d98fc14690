import pytest

from engine.recipe.estimate import Rates
from worker.step_timer import Pace

SMALL, LARGE = (96, 128), (192, 256)


def steps(pace, scale, count, seconds, gain, start):
    for number in range(1, count + 1):
        pace.note(scale=scale, progress=start + number * gain, seconds=seconds)


def test_nothing_is_promised_before_it_is_known():
    pace = Pace()
    pace.begin(0)
    assert pace.seconds_left() is None
    pace.note(scale=SMALL, progress=0.01, seconds=9.0)
    assert pace.seconds_left() is None


def test_the_first_step_of_a_scale_traces_and_does_not_count():
    pace = Pace()
    pace.begin(0)
    pace.note(scale=SMALL, progress=0.01, seconds=9.0)
    steps(pace, SMALL, 4, 0.1, 0.01, 0.01)
    assert pace.seconds_left() == pytest.approx(0.95 * 10 * Rates().share_of_steps)


def test_a_new_scale_speaks_for_itself_once_it_is_known():
    pace = Pace()
    pace.begin(0)
    steps(pace, SMALL, 6, 0.1, 0.01, 0)
    before = pace.seconds_left()
    pace.note(scale=LARGE, progress=0.1, seconds=20.0)
    assert pace.seconds_left() == pytest.approx(before * 0.9 / 0.94)
    steps(pace, LARGE, 3, 2.0, 0.1, 0.1)
    assert pace.seconds_left() == pytest.approx(0.6 * 20 * Rates().share_of_steps)


def test_patience_covers_the_next_scales_steps():
    pace = Pace()
    assert pace.patience_s(15) == 15
    pace.note(scale=SMALL, progress=0.1, seconds=6)
    assert pace.patience_s(15) == 39
