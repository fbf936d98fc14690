"""Damaged checkpoints: a `CheckpointError` each time, so that a painting begins again instead of failing."""

import contextlib
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CheckpointError, WeightsError
from engine.optimize.interface import OptimizerState
from engine.painting.checkpoint import Checkpoint
from engine.pretrained.archive import read_description, read_network, write_network
from engine.recipe import Recipe
from engine.recipe.history import RecipeChange
from tests.support.refusals import refused

ROUNDS = 1500
ODD: tuple[object, ...] = (
    *(None, True, "x", "", [], [[]], {}, {"a": 1}, -1, 1.5, 1e400, -1e400, float("nan"), 10**400, 2**70),
    "[" * 30,
)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    rng = np.random.default_rng(0)
    picture = rng.random((12, 16, 3)).astype(np.float32)
    maps = dict.fromkeys(("here", "mean", "square", "average"), picture)
    return Checkpoint(
        recipe=Recipe(size=64, optimizer="adam"),
        picture=picture,
        changes=(RecipeChange(1, {"strength": 60.0}), RecipeChange(2, {"style_weights": [1.0, 2.0]})),
        scale=1,
        step=3,
        loss_history=(math.inf, 2.0, 1.0),
        losses=((1, 3.0, 3.0, 3.0), (2, 2.0, 2.0, 2.0), (3, 1.0, 1.0, 1.0)),
        step_scale=0.5,
        optimizer=OptimizerState({"count": 3.0, "rate": 0.02, "floor": 0.0}, maps),
        initial_recipe=Recipe(size=64),
        resumed=(1,),
    )


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, overwrite, repeat or leave out a part of a file."""
    start, end = sorted(int(place) for place in rng.integers(0, len(data), 2))
    match int(rng.integers(5)):
        case 0:
            return data[:end]
        case 1:
            return data[:start] + rng.bytes(min(end - start, 8)) + data[start + min(end - start, 8) :]
        case 2:
            return data[:start] + data[end:]
        case 3:
            return data[:end] + data[start:]
        case _:
            # The ends of a zip hold its directory, where every byte matters.
            place = len(data) - 1 - int(rng.integers(min(900, len(data))))
            return data[:place] + bytes([int(rng.integers(256))]) + data[place + 1 :]


def test_no_damage_to_the_file_raises_another_error(checkpoint):
    whole, rng = checkpoint.to_bytes(), np.random.default_rng(1)
    for _ in range(ROUNDS):
        with contextlib.suppress(CheckpointError):
            Checkpoint.from_bytes(damaged(whole, rng))


def with_state(data: bytes, change: Callable[[dict], object]) -> bytes:
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    state = json.loads(arrays["state"].tobytes())
    change(state)
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Return the path to everything inside JSON values."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inside for found in places(item, (*path, key)))]


def test_no_odd_value_inside_raises_another_error_or_gets_through(checkpoint):
    whole, rng = checkpoint.to_bytes(), np.random.default_rng(2)
    for _ in range(ROUNDS):

        def change(state: dict) -> None:
            path = places(state)[1 + int(rng.integers(len(places(state)) - 1))]
            parent = state
            for key in path[:-1]:
                parent = parent[key]
            if rng.random() < 0.2 and isinstance(parent, dict):
                del parent[path[-1]]
            else:
                parent[path[-1]] = ODD[int(rng.integers(len(ODD)))]

        try:
            read = Checkpoint.from_bytes(with_state(whole, change))
        except CheckpointError:
            continue
        assert min(read.step, read.scale, *read.resumed, *(row[0] for row in read.losses)) >= 0
        assert not any(math.isnan(loss) for loss in read.loss_history)
        assert all(math.isfinite(number) for row in read.losses for number in row)
        assert all(change.step >= 0 for change in read.changes)
        assert read.step_scale is None or 0 <= read.step_scale < math.inf


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history", [float("nan")]),
        ("losses", [[1, float("nan"), 1, 1]]),
        ("losses", [[-1, 1, 1, 1]]),
        ("step", -1),
        ("scale", -1),
        ("scale", True),
        ("resumed", [-2]),
        ("curvature", float("nan")),
        ("changes", [{"step": -1, "values": {}}]),
        ("changes", [{"step": 1, "values": {"strength": 900}}]),
        ("optimizer", {"count": float("inf")}),
    ],
)
def test_values_that_no_painting_has_are_refused(name, value, checkpoint):
    data = with_state(checkpoint.to_bytes(), lambda state: state.update({name: value}))
    with refused(CheckpointError, "checkpoint-damaged"):
        Checkpoint.from_bytes(data)


def test_what_a_diverged_step_leaves_is_not_kept(checkpoint):
    nan = float("nan")
    maps = {"here": np.full_like(checkpoint.picture, nan)}
    diverged = Checkpoint(
        recipe=checkpoint.recipe,
        picture=checkpoint.picture,
        step=2,
        loss_history=(1.0, nan),
        losses=((1, 1.0, 1.0, 1.0), (2, nan, 1.0, nan)),
        step_scale=nan,
        optimizer=OptimizerState({"count": 2.0}, maps),
    )
    kept = Checkpoint.from_bytes(diverged.finite().to_bytes())
    assert kept.loss_history == (1.0, math.inf)
    assert kept.losses == ((1, 1.0, 1.0, 1.0),)
    assert (kept.step_scale, kept.optimizer) == (None, None)


def test_no_damage_to_a_network_raises_another_error(tmp_path: Path):
    """Checkpoints of trainings are such files, too."""
    path = tmp_path / "network.npz"
    write_network(path, {"kind": "test", "step": 3}, {"a": np.ones((3, 3)), "b": np.zeros(5)})
    whole, rng = path.read_bytes(), np.random.default_rng(3)
    for _ in range(ROUNDS):
        path.write_bytes(damaged(whole, rng))
        with contextlib.suppress(WeightsError):
            read_network(path, "test")
        with contextlib.suppress(WeightsError):
            read_description(path)
