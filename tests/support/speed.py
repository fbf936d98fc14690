"""Painting faster or slower than this machine paints, to see that no test depends on it.

    PASTICHE_TEST_SPEED=10 script/test integration     # as on a machine ten times as fast
    PASTICHE_TEST_SPEED=0.1 script/test integration    # as on one a tenth as fast

Faster, most units of work (a step, or a tile of a large picture) are not done,
and the last one's outcome is taken for theirs: the pictures are useless,
but come at that speed. Slower, each is followed by a pause. Workers and command
lines that tests start get it by `environ`; the tests' own process by `install`.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

VARIABLE = "PASTICHE_TEST_SPEED"
LEFT_OUT = "it looks at the pictures, and most of their steps are left out at this speed"
ROOT = Path(__file__).resolve().parents[2]

Unit = Callable[..., Any]


def environ() -> dict[str, str]:
    """Return the variables by which a process finds this checkout, and paints at the speed of the tests."""
    speed = os.environ.get(VARIABLE)
    if not speed:
        return {"PYTHONPATH": str(ROOT)}
    # Python runs the sitecustomize.py in there as it starts.
    return {"PYTHONPATH": f"{Path(__file__).parent / 'paced'}{os.pathsep}{ROOT}", VARIABLE: speed}


def leaves_out_steps() -> bool:
    """Tell whether what is painted is not what the recipe asked for."""
    return float(os.environ.get(VARIABLE) or 1) > 1


def install(variables: Mapping[str, str] = os.environ) -> None:
    """Let this process paint at the speed that is asked for, if any; before it loads what paints."""
    speed = float(variables.get(VARIABLE) or 1)
    if speed != 1:
        sys.meta_path.insert(0, _Finder(functools.partial(_at, speed)))


class _Finder:
    """Changes what paints as soon as it is imported, so that nothing else is imported for it."""

    def __init__(self, at_speed: Callable[[Unit], Unit]) -> None:
        self._at_speed = at_speed
        self._left = {
            "engine.optimize.lbfgs": ("LBFGS", "step"),
            "engine.optimize.adam": ("Adam", "step"),
            "engine.prints.objective": ("TiledObjective", "sums", "tile_gradient"),
        }

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name not in self._left:
            return None
        owner, *methods = self._left.pop(name)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_change(module: Any) -> None:
            execute(module)
            made = getattr(module, owner)
            for method in methods:
                setattr(made, method, self._at_speed(getattr(made, method)))

        spec.loader.exec_module = execute_and_change  # type: ignore[method-assign]
        return spec


def _at(speed: float, unit: Unit) -> Unit:
    return _faster(unit, round(speed)) if speed > 1 else _slower(unit, 1 / speed)


def _slower(unit: Unit, times: float) -> Unit:
    @functools.wraps(unit)
    def slow(*args: Any) -> Any:
        began = time.perf_counter()
        done = unit(*args)
        time.sleep((times - 1) * (time.perf_counter() - began))
        return done

    return slow


def _faster(unit: Unit, times: int) -> Unit:
    """Do one of `times` units, each object by itself."""

    @functools.wraps(unit)
    def fast(self: Any, *args: Any) -> Any:
        kept = self.__dict__.setdefault("_paced", {})
        calls, last = kept.get(unit, (0, None))
        if calls % times == 0:
            last = unit(self, *args)
        kept[unit] = calls + 1, last
        return _fitted(last, *args) if hasattr(last, "sums") else last

    return fast


def _fitted(tile_gradient: Any, picture: Any, tile: Any, *_: Any) -> Any:
    """Return what one tile asked for as if another, which may be smaller, had asked for it."""
    import numpy as np  # noqa: PLC0415 -- most processes that read this never paint

    return tile_gradient._replace(gradient=np.resize(tile_gradient.gradient, (*tile.outer.size, 3)))
