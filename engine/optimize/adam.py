"""Adam with averaged iterates. The picture stays where TensorFlow holds it, and no step reads a number."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.backbones.tracing import traced
from engine.errors import CheckpointError
from engine.optimize.interface import DAMAGED, Evaluate, Evaluation, OptimizerState


class Moments(NamedTuple):
    """Running means of the gradient, of its square and of the picture, each (1, H, W, 3)."""

    mean: tf.Tensor
    square: tf.Tensor
    average: tf.Tensor


class Adam:
    """Adam whose result is the average of its iterates.

    References:
        Kingma & Ba 2014, arXiv:1412.6980. Differs: clipped to [0, 1], and the
        result is the bias-corrected exponential average of the iterates, which
        takes the noise of a large learning rate away.
    """

    MEAN_DECAY, SQUARE_DECAY, AVERAGE_DECAY = 0.9, 0.99, 0.9
    WARM_UP = 20

    def __init__(
        self, evaluate: Evaluate, picture: tf.Tensor, *, rate: float, step_scale: float | None = None
    ) -> None:
        self._evaluate = evaluate
        self.stalled = False
        self.evaluations = 0
        self._rate = rate
        # A first step has full length however small the gradient is, which would spoil a picture
        # that was nearly done: where the gradients' size is known, steps are measured by it and
        # grow to full length while the running means fill.
        self._floor = 0.0 if step_scale is None else 1 / step_scale
        self.picture = self._best = self._here = picture
        self._least = tf.constant(float("inf"))
        self._restart()

    def _restart(self) -> None:
        self._count = 0
        zeros = tf.zeros_like(self._here)
        self._moments = Moments(zeros, zeros, zeros)

    @property
    def step_scale(self) -> float | None:
        """See `Optimizer.step_scale`."""
        if self._count == 0:
            return None
        square = tf.reduce_mean(self._moments.square) / (1 - self.SQUARE_DECAY**self._count)
        size = max(float(square) ** 0.5, 1e-20)
        return 1 / size if math.isfinite(size) else None

    @property
    def state(self) -> OptimizerState:
        """See `Optimizer.state`: a step after `restore` is the step that would have been."""
        maps = {"here": self._here, **self._moments._asdict()}
        return OptimizerState(
            {"count": self._count, "rate": self._rate, "floor": self._floor},
            {name: _first(tensor) for name, tensor in maps.items()},
        )

    def restore(self, state: OptimizerState) -> None:
        """Take up a state again; the picture stays, as it is their average.

        Raises:
            CheckpointError: something of it is missing.
        """
        try:
            self._count = int(state.numbers["count"])
            self._rate, self._floor = state.numbers["rate"], state.numbers["floor"]
            maps = {name: tf.constant(state.maps[name][None]) for name in ("here", *Moments._fields)}
        except KeyError as exc:
            raise CheckpointError(DAMAGED, code="checkpoint-damaged") from exc
        self._here = self._best = maps.pop("here")
        self._moments = Moments(**maps)

    def reset(self, *, forget: bool) -> None:
        """See `Optimizer.reset`: what was best is no longer known."""
        self._least = tf.constant(float("inf"))
        if forget:
            self._restart()

    def roll_back(self) -> None:
        """See `Optimizer.roll_back`."""
        self._rate *= 0.3
        self.picture = self._here = self._best
        self.reset(forget=True)

    def _rate_now(self) -> float:
        return self._rate * (min(1.0, self._count / self.WARM_UP) if self._floor else 1.0)

    def step(self) -> Evaluation:
        """See `Optimizer.step`: one evaluation, of the picture before the move."""
        self._count += 1
        self.evaluations += 1
        evaluation = self._evaluate(self._here)
        better = evaluation.total < self._least
        self._best = tf.where(better, self._here, self._best)
        self._least = tf.minimum(self._least, evaluation.total)
        self._here, self._moments, self.picture = _adam_move(
            self._here,
            evaluation.gradient,
            self._moments,
            tf.constant([self._count, self._rate_now(), self._floor]),
        )
        return evaluation


def _first(pictures: tf.Tensor) -> Array:
    return np.asarray(pictures[0].numpy(), np.float32)


@traced(reduce_retracing=True)
def _adam_move(
    here: tf.Tensor,
    gradient: tf.Tensor,
    moments: Moments,
    numbers: tf.Tensor,
) -> tuple[tf.Tensor, Moments, tf.Tensor]:
    count, rate, floor = tf.unstack(numbers)
    b1, b2, b3 = Adam.MEAN_DECAY, Adam.SQUARE_DECAY, Adam.AVERAGE_DECAY
    mean = b1 * moments.mean + (1 - b1) * gradient
    square = b2 * moments.square + (1 - b2) * tf.square(gradient)
    size = tf.maximum(tf.sqrt(square / (1 - b2**count)), floor)
    step = (mean / (1 - b1**count)) / (size + 1e-12)
    # Numbers that ran away do not reach the picture: it stays until it is rolled back.
    step = tf.where(tf.reduce_all(tf.math.is_finite(step)), step, 0.0)
    here = tf.clip_by_value(here - rate * step, 0.0, 1.0)
    average = b3 * moments.average + (1 - b3) * here
    return here, Moments(mean, square, average), tf.minimum(average / (1 - b3**count), 1.0)
