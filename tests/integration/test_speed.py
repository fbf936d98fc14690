"""The variable that changes the speed of painting in tests acts on the real optimizers."""

import subprocess
import sys
import time

import pytest

from tests.support import speed

PROGRAM = """
import engine.optimize.lbfgs, engine.optimize.adam, engine.prints.objective
units = engine.optimize.lbfgs.LBFGS.step, engine.optimize.adam.Adam.step
units += (engine.prints.objective.TiledObjective.tile_gradient,)
print([getattr(unit, "__wrapped__", None) is not None for unit in units])
"""


class Painter:
    def __init__(self):
        self.steps = 0

    def step(self):
        self.steps += 1
        return self.steps


def test_another_process_paints_at_the_speed_that_is_asked_for(monkeypatch):
    monkeypatch.setenv(speed.VARIABLE, "10")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=speed.environ(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str([True] * 3)


def test_unless_asked_another_process_paints_at_its_own_speed(monkeypatch):
    monkeypatch.delenv(speed.VARIABLE, raising=False)
    assert speed.environ() == {"PYTHONPATH": str(speed.ROOT)}


def test_ten_times_as_fast_does_one_of_ten_steps():
    painter, step = Painter(), speed._at(10, Painter.step)
    assert [step(painter) for _ in range(25)] == [1] * 10 + [2] * 10 + [3] * 5


def test_a_tenth_as_fast_pauses_nine_times_as_long_as_it_worked(monkeypatch):
    times = iter([0.0, 2.0])
    paused: list[float] = []
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    monkeypatch.setattr(time, "sleep", paused.append)
    assert speed._at(0.1, Painter.step)(Painter()) == 1
    assert paused == [pytest.approx(18.0)]
