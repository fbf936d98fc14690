"""Adam with averaged iterates, run on the device: no step reads a number back to the host."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.backbones.tracing import traced
from engine.errors import CheckpointError
from engine.optimize.interface import DAMAGED_CHECKPOINT, Evaluate, Evaluation, OptimizerState


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
        removes the noise of a large learning rate.
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
        # Adam's first step has full length however small the gradient is, which would spoil a
        # picture that is nearly done. If the size of the gradients is known, it is a floor for
        # what they are divided by, and steps grow to full length as the running means fill.
        self._floor = 0.0 if step_scale is None else 1 / step_scale
        self.picture = self._best = self._iterate = picture
        self._lowest_total = tf.constant(float("inf"))
        self._restart()

    def _restart(self) -> None:
        self._count = 0
        zeros = tf.zeros_like(self._iterate)
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
        """See `Optimizer.state`: after `restore`, steps are the same as without an interruption."""
        # Checkpoints know the iterate as "here" since version 1.
        maps = {"here": self._iterate, **self._moments._asdict()}
        return OptimizerState(
            {"count": self._count, "rate": self._rate, "floor": self._floor},
            {name: _to_host(tensor) for name, tensor in maps.items()},
        )

    def restore(self, state: OptimizerState) -> None:
        """Go on from a state; `picture` is kept, as it is the average of the iterates.

        Raises:
            CheckpointError: a part of the state is missing.
        """
        try:
            self._count = int(state.numbers["count"])
            self._rate, self._floor = state.numbers["rate"], state.numbers["floor"]
            maps = {name: tf.constant(state.maps[name][None]) for name in ("here", *Moments._fields)}
        except KeyError as exc:
            raise CheckpointError(DAMAGED_CHECKPOINT, code="checkpoint-damaged") from exc
        self._iterate = self._best = maps.pop("here")
        self._moments = Moments(**maps)

    def reset(self, *, forget: bool) -> None:
        """See `Optimizer.reset`: totals of the old objective cannot be compared with new ones."""
        self._lowest_total = tf.constant(float("inf"))
        if forget:
            self._restart()

    def roll_back(self) -> None:
        """See `Optimizer.roll_back`."""
        self._rate *= 0.3
        self.picture = self._iterate = self._best
        self.reset(forget=True)

    def _current_rate(self) -> float:
        return self._rate * (min(1.0, self._count / self.WARM_UP) if self._floor else 1.0)

    def step(self) -> Evaluation:
        """See `Optimizer.step`: one evaluation, of the iterate before the move."""
        self._count += 1
        self.evaluations += 1
        evaluation = self._evaluate(self._iterate)
        better = evaluation.total < self._lowest_total
        self._best = tf.where(better, self._iterate, self._best)
        self._lowest_total = tf.minimum(self._lowest_total, evaluation.total)
        self._iterate, self._moments, self.picture = adam_step(
            self._iterate,
            evaluation.gradient,
            self._moments,
            tf.constant([self._count, self._current_rate(), self._floor]),
        )
        return evaluation


def _to_host(batch: tf.Tensor) -> Array:
    """Return the only picture of a batch (1, H, W, 3) as an array."""
    return np.asarray(batch[0].numpy(), np.float32)


@traced(reduce_retracing=True)
def adam_step(
    iterate: tf.Tensor,
    gradient: tf.Tensor,
    moments: Moments,
    numbers: tf.Tensor,
) -> tuple[tf.Tensor, Moments, tf.Tensor]:
    """Move a picture, or some rows of it.

    Args:
        iterate: (1, H, W, 3) float32.
        gradient: of the same shape.
        moments: before the step.
        numbers: (3,) float32: the number of steps with this one, the learning rate, and the least
            that the mean gradient is divided by.

    Returns:
        The iterate and the moments after the step, and the average of the iterates.
    """
    count, rate, floor = tf.unstack(numbers)
    mean, square, step = adam_direction(gradient, moments.mean, moments.square, count, floor=floor)
    # A step that is not finite never reaches the picture, which stays until it is rolled back.
    step = tf.where(tf.reduce_all(tf.math.is_finite(step)), step, 0.0)
    iterate = tf.clip_by_value(iterate - rate * step, 0.0, 1.0)
    decay = Adam.AVERAGE_DECAY
    average = decay * moments.average + (1 - decay) * iterate
    return iterate, Moments(mean, square, average), tf.minimum(average / (1 - decay**count), 1.0)


def adam_direction(
    gradient: tf.Tensor,
    mean: tf.Tensor,
    square: tf.Tensor,
    count: tf.Tensor,
    *,
    square_decay: float = Adam.SQUARE_DECAY,
    floor: tf.Tensor = 0.0,
    epsilon: float = 1e-12,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the new running means of the gradient and of its square, and the step at a learning rate of 1.

    Args:
        gradient: of any shape.
        mean: running mean of the gradient.
        square: running mean of its square.
        count: () float32, the number of steps with this one.
        square_decay: the share of `square` that is kept.
        floor: the least that the mean is divided by.
        epsilon: is added to what the mean is divided by.
    """
    decay = Adam.MEAN_DECAY
    mean = decay * mean + (1 - decay) * gradient
    square = square_decay * square + (1 - square_decay) * tf.square(gradient)
    size = tf.maximum(tf.sqrt(square / (1 - square_decay**count)), floor)
    return mean, square, (mean / (1 - decay**count)) / (size + epsilon)
