"""Where a painting stands, as bytes: enough to go on from after a kill."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import CheckpointError, RecipeError
from engine.optimize.interface import DAMAGED, OptimizerState
from engine.recipe import Recipe
from engine.recipe.history import Change

VERSION = 1
MOST_REMEMBERED_PIXELS = 2048 * 2048
"""Of a larger picture the optimizer's state is left out: it would be hundreds of megabytes."""

Array = npt.NDArray[np.float32]
Loss = tuple[int, float, float, float]


_MAP = "optimizer_"


@dataclass(frozen=True, eq=False, kw_only=True)
class Checkpoint:
    """A painting between two steps.

    L-BFGS's memory of twenty pictures is not in it: a resumed painting gathers it afresh.
    Adam's, of a few, is, and it goes on as if nothing had happened.

    Attributes:
        recipe: with the changes so far.
        picture: (h, w, 3) float32 in [0, 1], as it stands at its scale.
        changes: the log of the recipe's changes, in order.
        scale: the index of the scale.
        scale_done: whether that scale is done, and the next one due.
        step: all steps so far.
        loss_history: the total loss after each of this scale's steps.
        losses: step, content, style, total after each step.
        step_scale: what L-BFGS begins with, or None.
        optimizer: what Adam goes on with, or None.
        begun: the recipe without the changes.
        resumed: the steps after which it went on without the optimizer's state.
    """

    recipe: Recipe
    picture: Array
    changes: tuple[Change, ...] = ()
    scale: int = 0
    scale_done: bool = False
    step: int = 0
    loss_history: tuple[float, ...] = ()
    losses: tuple[Loss, ...] = ()
    step_scale: float | None = None
    optimizer: OptimizerState | None = None
    begun: Recipe | None = None
    resumed: tuple[int, ...] = ()

    def forgetting(self) -> Checkpoint:
        """Return it without the optimizer's state, for whoever goes on with another objective."""
        return replace(self, optimizer=None)

    def to_bytes(self) -> bytes:
        """Write an npz file, which holds arrays and JSON and no pickle."""
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
            "begun": self.begun.to_dict() if self.begun else None,
            "resumed": self.resumed,
            "optimizer": dict(self.optimizer.numbers) if self.optimizer else None,
        }
        maps = {_MAP + name: value for name, value in self.optimizer.maps.items()} if self.optimizer else {}
        buffer = io.BytesIO()
        text = np.frombuffer(json.dumps(state).encode(), np.uint8)
        np.savez(buffer, allow_pickle=False, state=text, picture=self.picture, **maps)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """Read what `to_bytes` wrote.

        Raises:
            CheckpointError: it is damaged or of another version.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                state, picture = json.loads(file["state"].tobytes()), file["picture"]
                maps = {name.removeprefix(_MAP): file[name] for name in file.files if name.startswith(_MAP)}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise CheckpointError(DAMAGED, code="checkpoint-damaged") from error
        version = state.pop("version", None) if isinstance(state, dict) else None
        if version != VERSION:
            raise CheckpointError(
                f"This checkpoint is of version {version}; version {VERSION} is understood. "
                "Start the painting again.",
                code="checkpoint-version",
            )
        try:
            return cls._from_state(state, picture, maps)
        except (KeyError, TypeError, ValueError, AttributeError, RecipeError) as error:
            raise CheckpointError(DAMAGED, code="checkpoint-damaged") from error

    @classmethod
    def _from_state(cls, state: dict[str, Any], picture: Array, maps: dict[str, Array]) -> Checkpoint:
        if picture.ndim != 3 or picture.shape[2] != 3 or not np.isfinite(picture).all():
            raise ValueError(picture.shape)
        if any(value.shape != picture.shape or not np.isfinite(value).all() for value in maps.values()):
            raise ValueError("optimizer")
        # Files of before the optimizer's state was kept lack these three.
        numbers, begun = state.get("optimizer"), state.get("begun")
        return cls(
            recipe=Recipe.from_dict(state["recipe"]),
            changes=tuple(Change(c["step"], c["values"]) for c in state["changes"]),
            picture=np.asarray(picture, np.float32),
            scale=int(state["scale"]),
            step=int(state["step"]),
            scale_done=bool(state["scale_done"]),
            loss_history=tuple(map(float, state["history"])),
            losses=tuple((int(step), float(c), float(s), float(t)) for step, c, s, t in state["losses"]),
            step_scale=state["curvature"],
            optimizer=OptimizerState({k: float(v) for k, v in numbers.items()}, maps) if numbers else None,
            begun=Recipe.from_dict(begun) if begun else None,
            resumed=tuple(map(int, state.get("resumed", ()))),
        )
