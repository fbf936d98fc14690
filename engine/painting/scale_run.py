"""One scale of a painting: its picture, the optimizer that moves it, and its losses so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.errors import CheckpointError
from engine.losses.loss import Target
from engine.losses.objective import Objective
from engine.losses.targets import SourceFeatures
from engine.optimize.adam import Adam
from engine.optimize.divergence import DivergenceGuard
from engine.optimize.interface import DAMAGED_CHECKPOINT, Evaluation, Optimizer, OptimizerState
from engine.optimize.lbfgs import LBFGS
from engine.optimize.schedule import is_done
from engine.recipe import Recipe
from engine.recipe.scales import Scale

_READ_EVERY = 5
"""Losses are read once in this many steps, because reading makes an accelerator wait."""
_MATCHED = "matched"
"""The suffix, in the optimizer's state, of the picture that a loss has matched, and of its step.

Release 1.0 matched patches only, and used no prefix.
"""

Losses = tuple[float, float, float]


class Matched(NamedTuple):
    """The picture that a loss has matched, (1, H, W, 3), and the number of steps that had been made."""

    picture: tf.Tensor
    step: int


class ScaleRun:
    """One scale of a painting that is seen by the network in one piece.

    Attributes:
        losses: (content, style, total) of each step that was read.
        loss_history: the total loss of each step, by which `is_done` judges; infinite for
            steps that must not be compared with later ones.
    """

    def __init__(
        self,
        objective: Objective,
        sources: SourceFeatures,
        scale: Scale,
        recipe: Recipe,
        picture: tf.Tensor,
        *,
        step_scale: float | None = None,
        loss_history: Sequence[float] = (),
        state: OptimizerState | None = None,
    ) -> None:
        self._objective, self._sources, self._scale = objective, sources, scale
        self._recipe = recipe
        self._unread: list[Evaluation] = []
        self._divergence = DivergenceGuard()
        # Without its state, the optimizer starts again, and earlier losses say nothing about it.
        self.loss_history = list(loss_history) if state else [math.inf] * len(loss_history)
        self.losses: list[Losses] = []
        self._optimizer = self._create_optimizer(picture, step_scale, state)
        self._matches: dict[str, Target] = {}
        self._matched: dict[str, Matched] = {}
        now = Matched(picture, len(loss_history))
        self._match({name: _restored(name, state) or now for name in sources.matching})

    def _create_optimizer(
        self, picture: tf.Tensor, step_scale: float | None, state: OptimizerState | None
    ) -> Optimizer:
        if self._recipe.optimizer != "adam":
            return LBFGS(self._evaluate, picture, step_scale=step_scale)
        adam = Adam(self._evaluate, picture, rate=self._recipe.learning_rate, step_scale=step_scale)
        if state:
            adam.restore(state)
        return adam

    def _match(self, matched: Mapping[str, Matched]) -> None:
        """Match these pictures, by loss, and mix the targets by the recipe."""
        for name, (picture, _) in matched.items():
            self._matches[name] = self._sources.match(name, self._recipe, picture)
        self._matched.update(matched)
        self._targets = self._sources.targets(self._recipe, self._matches)

    def _evaluate(self, picture: tf.Tensor) -> Evaluation:
        return self._objective(picture, self._targets)

    @property
    def picture(self) -> tf.Tensor:
        """(1, H, W, 3) float32, the best result so far."""
        return self._optimizer.picture

    @property
    def pixels(self) -> Array:
        """(H, W, 3) float32, the same picture as an array."""
        return np.asarray(self.picture[0].numpy(), np.float32)

    @property
    def evaluations(self) -> int:
        """How often the losses were evaluated."""
        return self._optimizer.evaluations

    @property
    def step_scale(self) -> float | None:
        """See `Optimizer.step_scale`."""
        return self._optimizer.step_scale

    @property
    def state(self) -> OptimizerState | None:
        """All that is needed to resume this run, besides the picture; None if that is too large to keep."""
        state = self._optimizer.state
        if state is None:
            return None
        numbers, maps = dict(state.numbers), dict(state.maps)
        for name, matched in self._matched.items():
            numbers[f"{name}_{_MATCHED}"] = matched.step
            maps[f"{name}_{_MATCHED}"] = np.asarray(matched.picture[0].numpy(), np.float32)
        return OptimizerState(numbers, maps)

    @property
    def steps(self) -> int:
        """The number of steps made at this scale, including those before an interruption."""
        return len(self.loss_history) + len(self._unread)

    @property
    def done(self) -> bool:
        """Whether the scale has made all its steps, or they no longer lower the loss enough."""
        if self._optimizer.stalled:
            return True
        return not self._unread and is_done(self._scale.limits, self.loss_history)

    def retarget(self, recipe: Recipe) -> None:
        """Take the losses' weights and the mix of styles from a changed recipe."""
        self.read_losses()
        self._recipe = recipe
        self._match(dict.fromkeys(self._matched, Matched(self.picture, self.steps)))
        self._optimizer.reset(forget=True)
        self.loss_history = [math.inf] * len(self.loss_history)

    def step(self) -> bool:
        """Move the picture once, and read the losses if it is time to.

        Returns:
            True: each call completes a step, unlike `TiledScaleRun.step`.
        """
        due = self._sources.due(self.steps, self._scale.limits)
        if matched := {name for name in due if self.steps > self._matched[name].step}:
            self._match(dict.fromkeys(matched, Matched(self.picture, self.steps)))
            self._optimizer.reset(forget=False)
        newest = self._optimizer.step()
        self._unread.append(newest)
        last = self.steps >= self._scale.limits.max_steps
        if self.steps % _READ_EVERY == 0 or last or self._optimizer.stalled:
            self.read_losses()
            self._roll_back_unless_finite(newest)
        return True

    def read_losses(self) -> None:
        """Read the losses of the last steps from the accelerator."""
        for evaluation in self._unread:
            content, style = self._targets.content_and_style(evaluation.losses, self._recipe)
            total = float(evaluation.total)
            self.losses.append((content, style, total))
            self.loss_history.append(total)
        self._unread.clear()

    def _roll_back_unless_finite(self, newest: Evaluation) -> None:
        """Roll back to the best iterate, with shorter steps, if a number is no longer finite."""
        finite = math.isfinite(self.loss_history[-1]) and bool(
            tf.reduce_all(tf.math.is_finite(newest.gradient))
        )
        if finite:
            return
        self._divergence.record(self.steps)
        self._optimizer.roll_back()
        self.loss_history = [math.inf] * len(self.loss_history)


def _restored(name: str, state: OptimizerState | None) -> Matched | None:
    """Return the picture that a loss had matched when a checkpoint was written, if that is known.

    Raises:
        CheckpointError: the step at which it was matched is missing.
    """
    for key in (f"{name}_{_MATCHED}", _MATCHED):
        if state and key in state.maps:
            if key not in state.numbers:
                raise CheckpointError(DAMAGED_CHECKPOINT, code="checkpoint-damaged")
            return Matched(tf.constant(state.maps[key][None]), int(state.numbers[key]))
    return None
