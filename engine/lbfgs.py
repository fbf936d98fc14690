"""L-BFGS inside TensorFlow: the picture and its gradients are never copied to the host."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from engine.objective import Evaluation
from engine.optimizers import Evaluate


class Pair(NamedTuple):
    """A step and how the gradient changed over it.

    Attributes:
        step: (n,) float32.
        change: (n,) float32.
        product: () float32, of the two.
    """

    step: tf.Tensor
    change: tf.Tensor
    product: tf.Tensor


Memory = tuple[Pair, ...]
"""The last pairs, oldest first; unused ones are 0."""


def _no_memory(pairs: int, size: int) -> Memory:
    nothing = tf.zeros([size])
    return (Pair(nothing, nothing, tf.zeros([])),) * pairs


class LBFGS:
    """L-BFGS with a backtracking step, the picture held in [0, 1] by clipping.

    References:
        Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 and 3.1.
        Differs: pixels at a bound that the gradient presses on are left out of
        a step, and the sufficient decrease is judged on the clipped step.

    Attributes:
        curvature: the inverse curvature that the first direction is scaled by, where a
            coarser scale has told it.
    """

    PAIRS = 10
    FIRST_MOVE = 0.02
    """The root mean square of the very first step, where 1 is from black to white."""
    MOST_TRIALS = 8
    DECREASE = 1e-4

    def __init__(self, evaluate: Evaluate, picture: tf.Tensor, *, curvature: float | None = None) -> None:
        self._evaluate = evaluate
        self.picture = picture
        self._evaluation: Evaluation | None = None
        self.stuck = False
        self.evaluations = 0
        self._caution = 1.0
        self.curvature = curvature
        self._forget()

    @property
    def state(self) -> None:
        """See `Optimizer.state`: the pairs are twenty pictures."""

    def _forget(self) -> None:
        self._memory = _no_memory(self.PAIRS, int(tf.size(self.picture)))
        self._remembers = False

    def aim_anew(self, *, forget: bool) -> None:
        """See `Optimizer.aim_anew`."""
        self._evaluation = None
        self.stuck = False
        if forget:
            self._forget()

    def roll_back(self) -> None:
        """See `Optimizer.roll_back`: the picture is the best iterate, as steps only go down."""
        self._caution *= 0.1
        self.aim_anew(forget=True)

    def step(self) -> Evaluation:
        """See `Optimizer.step`: one direction, and as many evaluations as it takes to go down."""
        here = self._evaluation or self._look(self.picture)
        self._evaluation = here
        length = self._caution
        direction = self._direction(here.gradient)
        for _ in range(self.MOST_TRIALS):
            trial, promised = _trial(self.picture, direction, here.gradient, tf.constant(length))
            there = self._look(trial)
            if bool(there.total <= here.total + self.DECREASE * promised):
                self._learn(trial, here, there)
                self.picture, self._evaluation = trial, there
                return there
            length *= 0.4
        # A direction that fails was made of a stale memory, or there is nothing to gain.
        self.stuck = not self._remembers
        self._forget()
        return here

    def _look(self, picture: tf.Tensor) -> Evaluation:
        self.evaluations += 1
        return self._evaluate(picture)

    def _direction(self, gradient: tf.Tensor) -> tf.Tensor:
        if self._remembers:
            return _two_loop(self._memory, tf.constant(self.curvature), self.picture, gradient)
        scale = self.curvature
        if scale is None:
            scale = self.FIRST_MOVE / (tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-20)
        return -tf.cast(scale, tf.float32) * gradient

    def _learn(self, trial: tf.Tensor, here: Evaluation, there: Evaluation) -> None:
        pair, curved, scale = _learn(self.picture, trial, here.gradient, there.gradient)
        if bool(curved):
            self._memory = (*self._memory[1:], Pair(*pair))
            self._remembers, self.curvature = True, float(scale)


def _bound(picture: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """Tell which pixels are at 0 or 1 with the gradient pressing on."""
    return ((picture <= 0) & (gradient > 0)) | ((picture >= 1) & (gradient < 0))


@tf.function(reduce_retracing=True)
def _two_loop(memory: Memory, scale: tf.Tensor, picture: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """Apply the inverse Hessian that the memory implies to the free part of -gradient."""
    # Unused pairs are zero: their weight must be so too, not infinite.
    weights = [tf.math.divide_no_nan(1.0, pair.product) for pair in memory]
    free = tf.where(_bound(picture, gradient), 0.0, gradient)
    q = tf.reshape(free, [-1])
    alphas = []
    for pair, weight in reversed(list(zip(memory, weights, strict=True))):
        alpha = weight * tf.tensordot(pair.step, q, 1)
        q -= alpha * pair.change
        alphas.append(alpha)
    q *= scale
    for pair, weight, alpha in zip(memory, weights, reversed(alphas), strict=True):
        q += (alpha - weight * tf.tensordot(pair.change, q, 1)) * pair.step
    return tf.where(_bound(picture, gradient), 0.0, -tf.reshape(q, tf.shape(gradient)))


@tf.function(reduce_retracing=True)
def _trial(
    picture: tf.Tensor, direction: tf.Tensor, gradient: tf.Tensor, length: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the clipped step's end and the change of the loss that the gradient promises for it."""
    trial = tf.clip_by_value(picture + length * direction, 0.0, 1.0)
    return trial, tf.reduce_sum(gradient * (trial - picture))


@tf.function(reduce_retracing=True)
def _learn(
    picture: tf.Tensor, trial: tf.Tensor, gradient: tf.Tensor, there: tf.Tensor
) -> tuple[Pair, tf.Tensor, tf.Tensor]:
    """Return the pair of a step, whether its curvature is sound, and its scale."""
    step, change = tf.reshape(trial - picture, [-1]), tf.reshape(there - gradient, [-1])
    product, square = tf.tensordot(step, change, 1), tf.tensordot(change, change, 1)
    sound = product > 1e-8 * square
    return Pair(step, change, product), sound, tf.math.divide_no_nan(product, square)
