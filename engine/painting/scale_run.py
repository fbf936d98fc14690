"""One scale of a painting while it is worked on."""

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

_LOOK_EVERY = 5
"""Losses are read so often: reading makes an accelerator wait."""
_RENEW_EVERY = 10
"""Matches of patches are renewed after so many steps."""
_MATCHED = "matched"

Losses = tuple[float, float, float]


class ScaleRun:
    """A picture at one scale, the optimizer that moves it, and how it went so far.

    Attributes:
        losses: (content, style, total) of the steps that were read.
        loss_history: the total losses that progress is judged by; infinite where it must not be.
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
        # Old losses were of another objective, or of an optimizer with a memory.
        self.loss_history = list(loss_history) if state else [math.inf] * len(loss_history)
        self.losses: list[Losses] = []
        self._optimizer = self._resumed(picture, step_scale, state)
        if state and _MATCHED in state.maps:
            self._match(tf.constant(state.maps[_MATCHED][None]), int(state.numbers[_MATCHED]))
        else:
            self._match(picture, len(loss_history))

    def _resumed(
        self, picture: tf.Tensor, step_scale: float | None, state: OptimizerState | None
    ) -> Optimizer:
        if self._recipe.optimizer != "adam":
            return LBFGS(self._evaluate, picture, step_scale=step_scale)
        adam = Adam(self._evaluate, picture, rate=self._recipe.learning_rate, step_scale=step_scale)
        if state:
            adam.restore(state)
        return adam

    def _match(self, picture: tf.Tensor, step: int) -> None:
        """Aim at what the recipe says; patches are matched as they are in this picture, of that step."""
        self._targets = self._sources.targets(self._recipe, picture)
        self._matched, self._matched_at = picture, step

    def _evaluate(self, picture: tf.Tensor) -> Evaluation:
        return self._objective(picture, self._targets)

    @property
    def picture(self) -> tf.Tensor:
        """(1, H, W, 3) float32, the best so far."""
        return self._optimizer.picture

    @property
    def pixels(self) -> Array:
        """(H, W, 3) float32, the same on the host."""
        return np.asarray(self.picture[0].numpy(), np.float32)

    @property
    def evaluations(self) -> int:
        """How often the losses were evaluated."""
        return self._optimizer.evaluations

    @property
    def step_scale(self) -> float | None:
        """What L-BFGS learned that helps it to start again."""
        return self._optimizer.step_scale

    @property
    def state(self) -> OptimizerState | None:
        """All that a stage of the same picture goes on with, or None where that is too much to keep."""
        state = self._optimizer.state
        if state is None or not self._targets.patches:
            return state
        matched = np.asarray(self._matched[0].numpy(), np.float32)
        return OptimizerState(
            {**state.numbers, _MATCHED: self._matched_at}, {**state.maps, _MATCHED: matched}
        )

    @property
    def steps(self) -> int:
        """The steps made at this scale, those before an interruption included."""
        return len(self.loss_history) + len(self._unread)

    @property
    def done(self) -> bool:
        """Whether the scale has had its steps, or they no longer pay."""
        if self._optimizer.stalled:
            return True
        return not self._unread and is_done(self._scale.limits, self.loss_history)

    def retarget(self, recipe: Recipe) -> None:
        """Take the losses' weights and the mix of styles from a changed recipe."""
        self.read_losses()
        self._recipe = recipe
        self._match(self.picture, self.steps)
        self._optimizer.reset(forget=True)
        self.loss_history = [math.inf] * len(self.loss_history)

    def step(self) -> bool:
        """Move the picture once, and look at the losses where it is time to; a step is always a whole one."""
        if self._targets.patches and self.steps % _RENEW_EVERY == 0 and self.steps > self._matched_at:
            self._match(self.picture, self.steps)
            self._optimizer.reset(forget=False)
        newest = self._optimizer.step()
        self._unread.append(newest)
        last = self.steps >= self._scale.limits.max_steps
        if self.steps % _LOOK_EVERY == 0 or last or self._optimizer.stalled:
            self.read_losses()
            self._rescue_if_lost(newest)
        return True

    def read_losses(self) -> None:
        """Bring the losses of the last steps over from the accelerator."""
        share = self._recipe.patch_share / 100 if self._targets.patches else 0.0
        for evaluation in self._unread:
            content, gram, patch, _ = map(float, evaluation.parts.numpy())
            total = float(evaluation.total)
            self.losses.append((content, gram * (1 - share) + patch * share, total))
            self.loss_history.append(total)
        self._unread.clear()

    def _rescue_if_lost(self, newest: Evaluation) -> None:
        """Go back to the best iterate with shorter steps where numbers are no longer finite."""
        finite = math.isfinite(self.loss_history[-1]) and bool(
            tf.reduce_all(tf.math.is_finite(newest.gradient))
        )
        if finite:
            return
        self._divergence.one_more(self.steps)
        self._optimizer.roll_back()
        self.loss_history = [math.inf] * len(self.loss_history)
