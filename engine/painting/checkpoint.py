"""The checkpoint of a painting: all that is needed to go on after an interruption, as bytes."""

from __future__ import annotations

import io
import json
import math
import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import CheckpointError
from engine.optimize.interface import DAMAGED_CHECKPOINT, OptimizerState
from engine.recipe import Recipe
from engine.recipe.history import RecipeChange

VERSION = 1
MAX_OPTIMIZER_STATE_PIXELS = 2048 * 2048
"""A larger picture is kept without the optimizer's state, which would be hundreds of megabytes."""

Array = npt.NDArray[np.float32]
LossRow = tuple[int, float, float, float]
"""Step, content, style and total."""

_MAP_PREFIX = "optimizer_"


@dataclass(frozen=True, eq=False, kw_only=True)
class Checkpoint:
    """The state of a painting between two steps.

    It does not hold L-BFGS's memory of twenty pictures, which a resumed painting
    builds up again. It does hold Adam's state of a few pictures, so that a
    painting by Adam goes on as if it had not been interrupted.

    Attributes:
        recipe: with the changes so far.
        picture: (h, w, 3) float32 in [0, 1], of the size of its scale.
        changes: the log of the recipe's changes, in order.
        scale: the index of the scale.
        scale_done: whether that scale is done, so that the next one follows.
        step: the number of steps so far, at all scales.
        loss_history: the total loss after each of this scale's steps.
        losses: step, content, style and total loss after each step.
        step_scale: the scale of L-BFGS's first step, or None.
        optimizer: Adam's state, or None.
        initial_recipe: without the changes.
        resumed: the steps after which it was resumed without the optimizer's state.
    """

    recipe: Recipe
    picture: Array
    changes: tuple[RecipeChange, ...] = ()
    scale: int = 0
    scale_done: bool = False
    step: int = 0
    loss_history: tuple[float, ...] = ()
    losses: tuple[LossRow, ...] = ()
    step_scale: float | None = None
    optimizer: OptimizerState | None = None
    initial_recipe: Recipe | None = None
    resumed: tuple[int, ...] = ()

    def without_optimizer_state(self) -> Checkpoint:
        """Return this checkpoint without the optimizer's state, which another objective makes useless."""
        return replace(self, optimizer=None)

    def finite(self) -> Checkpoint:
        """Return this checkpoint without what a step left that diverged and is not yet rolled back."""
        maps = self.optimizer.maps.values() if self.optimizer else ()
        return replace(
            self,
            loss_history=tuple(math.inf if math.isnan(loss) else loss for loss in self.loss_history),
            losses=tuple(row for row in self.losses if all(map(math.isfinite, row))),
            step_scale=self.step_scale if self.step_scale and math.isfinite(self.step_scale) else None,
            optimizer=self.optimizer if all(np.isfinite(value).all() for value in maps) else None,
        )

    def to_bytes(self) -> bytes:
        """Return an npz file of arrays and JSON, without pickle."""
        state = {
            "version": VERSION,
            "recipe": self.recipe.to_dict(),
            "changes": [{"step": c.step, "values": dict(c.values)} for c in self.changes],
            "scale": self.scale,
            "step": self.step,
            "scale_done": self.scale_done,
            "history": self.loss_history,
            "losses": self.losses,
            "curvature": self.step_scale,
            "begun": self.initial_recipe.to_dict() if self.initial_recipe else None,
            "resumed": self.resumed,
            "optimizer": dict(self.optimizer.numbers) if self.optimizer else None,
        }
        optimizer_maps = self.optimizer.maps if self.optimizer else {}
        maps = {_MAP_PREFIX + name: value for name, value in optimizer_maps.items()}
        buffer = io.BytesIO()
        text = np.frombuffer(json.dumps(state).encode(), np.uint8)
        np.savez(buffer, allow_pickle=False, state=text, picture=self.picture, **maps)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """Read a checkpoint that `to_bytes` wrote.

        Raises:
            CheckpointError: it is damaged or of another version.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                state, picture = json.loads(file["state"].tobytes()), file["picture"]
                maps = {
                    name.removeprefix(_MAP_PREFIX): file[name]
                    for name in file.files
                    if name.startswith(_MAP_PREFIX)
                }
        except Exception as error:  # zipfile, zlib and NumPy have many for damaged files
            raise CheckpointError(DAMAGED_CHECKPOINT, code="checkpoint-damaged") from error
        version = state.pop("version", None) if isinstance(state, dict) else None
        if version != VERSION:
            raise CheckpointError(
                f"This checkpoint has version {version}, but only version {VERSION} can be read; "
                "start the painting again.",
                code="checkpoint-version",
            )
        try:
            return cls._from_state(state, picture, maps)
        except Exception as error:
            raise CheckpointError(DAMAGED_CHECKPOINT, code="checkpoint-damaged") from error

    @classmethod
    def _from_state(cls, state: dict[str, Any], picture: Array, maps: dict[str, Array]) -> Checkpoint:
        recipe = Recipe.from_dict(state["recipe"])
        if picture.ndim != 3 or picture.shape[2] != 3 or not np.isfinite(picture).all():
            raise ValueError(picture.shape)
        if any(value.shape != picture.shape or not np.isfinite(value).all() for value in maps.values()):
            raise ValueError("optimizer")
        # Files from before the optimizer's state was kept lack these two and "resumed".
        numbers, initial = state.get("optimizer"), state.get("begun")
        return cls(
            recipe=recipe,
            changes=tuple(_change(item, recipe) for item in state["changes"]),
            picture=np.asarray(picture, np.float32),
            scale=_count(state["scale"]),
            step=_count(state["step"]),
            scale_done=bool(state["scale_done"]),
            loss_history=tuple(_number(loss, math.inf) for loss in state["history"]),
            losses=tuple(_row(*row) for row in state["losses"]),
            step_scale=None if state["curvature"] is None else _number(state["curvature"]),
            optimizer=OptimizerState({k: _number(v) for k, v in numbers.items()}, maps) if numbers else None,
            initial_recipe=Recipe.from_dict(initial) if initial else None,
            resumed=tuple(map(_count, state.get("resumed", ()))),
        )


def _change(item: dict[str, Any], recipe: Recipe) -> RecipeChange:
    recipe.changed(**item["values"])  # raises an error unless they are valid
    return RecipeChange(_count(item["step"]), item["values"])


def _row(step: object, content: object, style: object, total: object) -> LossRow:
    return _count(step), _number(content), _number(style), _number(total)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError(value)
    return value


def _number(value: object, highest: float = sys.float_info.max) -> float:
    """Return a loss or another number that is never negative."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= highest:
        raise ValueError(value)
    return float(value)
