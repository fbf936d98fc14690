"""One scale of a painting: its picture, the optimizer that moves it, and its losses so far."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.losses.objective import Objective
from engine.losses.targets import SourceFeatures
from engine.optimize.adam import Adam
from engine.optimize.divergence import DivergenceGuard
from engine.optimize.interface import Evaluation, Optimizer, OptimizerState
from engine.optimize.lbfgs import LBFGS
from engine.optimize.schedule import is_done
from engine.recipe import Recipe
from engine.recipe.scales import Scale

_READ_EVERY = 5
"""Losses are read once in this many steps, because reading makes an accelerator wait."""
_MATCH_EVERY = 10
"""Patches are matched again after this many steps."""
_MATCHED = "matched"
"""The name, in the optimizer's state, of the picture that patches were matched with and of its step."""

Losses = tuple[float, float, float]


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
        if state and _MATCHED in state.maps:
            self._set_targets(tf.constant(state.maps[_MATCHED][None]), int(state.numbers[_MATCHED]))
        else:
            self._set_targets(picture, len(loss_history))

    def _create_optimizer(
        self, picture: tf.Tensor, step_scale: float | None, state: OptimizerState | None
    ) -> Optimizer:
        if self._recipe.optimizer != "adam":
            return LBFGS(self._evaluate, picture, step_scale=step_scale)
        adam = Adam(self._evaluate, picture, rate=self._recipe.learning_rate, step_scale=step_scale)
        if state:
            adam.restore(state)
        return adam

    def _set_targets(self, picture: tf.Tensor, step: int) -> None:
        """Mix the targets by the recipe, and match the patches of this picture, which is of that step."""
        self._targets = self._sources.targets(self._recipe, picture)
        self._matched_picture, self._matched_step = picture, step

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
        if state is None or not self._targets.patches:
            return state
        matched = np.asarray(self._matched_picture[0].numpy(), np.float32)
        return OptimizerState(
            {**state.numbers, _MATCHED: self._matched_step}, {**state.maps, _MATCHED: matched}
        )

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
        self._set_targets(self.picture, self.steps)
        self._optimizer.reset(forget=True)
        self.loss_history = [math.inf] * len(self.loss_history)

    def step(self) -> bool:
        """Move the picture once, and read the losses if it is time to.

        Returns:
            True: each call completes a step, unlike `TiledScaleRun.step`.
        """
        if self._targets.patches and self.steps % _MATCH_EVERY == 0 and self.steps > self._matched_step:
            self._set_targets(self.picture, self.steps)
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
        share = self._recipe.patch_share / 100 if self._targets.patches else 0.0
        for evaluation in self._unread:
            content, gram, patch, _ = map(float, evaluation.parts.numpy())
            total = float(evaluation.total)
            self.losses.append((content, gram * (1 - share) + patch * share, total))
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
