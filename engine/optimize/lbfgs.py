"""L-BFGS inside TensorFlow: the picture and its gradients are never copied to the host."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from engine.backbones.tracing import traced
from engine.optimize.interface import Evaluate, Evaluation


class Memory:
    """The last steps and how the gradient changed over each.

    Both are rows of one tensor, so that a direction is two products of that
    matrix with a vector, in place of four passes over every row of the two-loop
    recursion; only 20 numbers come to the host.

    References:
        Byrd, Nocedal & Schnabel 1994, Representations of quasi-Newton matrices
        and their use in limited memory methods, Mathematical Programming 63,
        equation 3.13: the same direction as Nocedal & Wright's algorithm 7.4.
    """

    def __init__(self, pairs: int, size: int) -> None:
        """Make room for so many pairs of vectors of a size."""
        self._pairs = pairs
        self._rows = tf.zeros([2 * pairs, size])
        self._with_changes = np.zeros((2 * pairs, pairs))
        self._slots: list[int] = []

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self._slots)

    def learn(self, step: tf.Tensor, change: tf.Tensor) -> None:
        """Take in a step and how the gradient changed over it, (n,) float32 each; the oldest pair may go."""
        slot = self._slots.pop(0) if len(self) == self._pairs else len(self)
        self._slots.append(slot)
        for row, vector in ((slot, step), (self._pairs + slot, change)):
            # A variable would be copied whole before each product that follows an assignment.
            self._rows = tf.raw_ops.InplaceUpdate(x=self._rows, i=[row], v=vector[None])
        products = _products(self._rows, change).numpy().astype(np.float64)
        self._with_changes[:, slot] = products
        self._with_changes[self._pairs + slot] = products[self._pairs :]

    def applied(self, gradient: tf.Tensor, scale: float) -> tf.Tensor:
        """Apply the inverse Hessian that the pairs imply.

        Args:
            gradient: (n,) float32.
            scale: the inverse curvature where the pairs say nothing.

        Returns:
            (n,) float32.
        """
        steps = np.array(self._slots)
        changes = self._pairs + steps
        products = _products(self._rows, gradient).numpy().astype(np.float64)
        upper = np.triu(self._with_changes[steps][:, steps])
        solved = np.linalg.solve(upper, products[steps])
        curved = np.diag(upper) * solved + scale * (self._with_changes[changes][:, steps] @ solved)
        shares = np.zeros(2 * self._pairs, np.float32)
        shares[steps] = np.linalg.solve(upper.T, curved - scale * products[changes])
        shares[changes] = -scale * solved
        return _combined(self._rows, tf.constant(shares), gradient, tf.constant(scale, tf.float32))


class LBFGS:
    """L-BFGS with a backtracking step, the picture held in [0, 1] by clipping.

    References:
        Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 and 3.1.
        Differs: pixels at a bound that the gradient presses on are left out of
        a step, and the sufficient decrease is judged on the clipped step.

    Attributes:
        step_scale: the inverse curvature that the first direction is scaled by, where a
            coarser scale has told it.
    """

    PAIRS = 10
    FIRST_MOVE = 0.02
    """The root mean square of the very first step, where 1 is from black to white."""
    MOST_TRIALS = 8
    DECREASE = 1e-4

    def __init__(self, evaluate: Evaluate, picture: tf.Tensor, *, step_scale: float | None = None) -> None:
        self._evaluate = evaluate
        self.picture = picture
        self._evaluation: Evaluation | None = None
        self.stalled = False
        self.evaluations = 0
        self._caution = 1.0
        self.step_scale = step_scale
        self._forget()

    @property
    def state(self) -> None:
        """See `Optimizer.state`: the pairs are twenty pictures."""

    def _forget(self) -> None:
        self._memory = Memory(self.PAIRS, int(tf.size(self.picture)))

    def reset(self, *, forget: bool) -> None:
        """See `Optimizer.reset`."""
        self._evaluation = None
        self.stalled = False
        if forget:
            self._forget()

    def roll_back(self) -> None:
        """See `Optimizer.roll_back`: the picture is the best iterate, as steps only go down."""
        self._caution *= 0.1
        self.reset(forget=True)

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
        self.stalled = not self._memory
        self._forget()
        return here

    def _look(self, picture: tf.Tensor) -> Evaluation:
        self.evaluations += 1
        return self._evaluate(picture)

    def _direction(self, gradient: tf.Tensor) -> tf.Tensor:
        if self._memory and self.step_scale is not None:
            free = _free(self.picture, gradient, gradient)
            applied = self._memory.applied(tf.reshape(free, [-1]), self.step_scale)
            return -_free(self.picture, gradient, tf.reshape(applied, tf.shape(gradient)))
        scale = self.step_scale
        if scale is None:
            scale = self.FIRST_MOVE / (tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-20)
        return -tf.cast(scale, tf.float32) * gradient

    def _learn(self, trial: tf.Tensor, here: Evaluation, there: Evaluation) -> None:
        step, change, scale = _pair(self.picture, trial, here.gradient, there.gradient)
        if float(scale) > 0:
            self._memory.learn(step, change)
            self.step_scale = float(scale)


@traced(reduce_retracing=True)
def _free(picture: tf.Tensor, gradient: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    """Return a vector, 0 at pixels that are at 0 or 1 with the gradient pressing on."""
    bound = ((picture <= 0) & (gradient > 0)) | ((picture >= 1) & (gradient < 0))
    return tf.where(bound, 0.0, vector)


@traced(reduce_retracing=True)
def _products(rows: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    return tf.linalg.matvec(rows, vector)


@traced(reduce_retracing=True)
def _combined(rows: tf.Tensor, shares: tf.Tensor, vector: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    return tf.squeeze(tf.matmul(shares[None], rows), 0) + scale * vector


@traced(reduce_retracing=True)
def _trial(
    picture: tf.Tensor, direction: tf.Tensor, gradient: tf.Tensor, length: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the clipped step's end and the change of the loss that the gradient promises for it."""
    trial = tf.clip_by_value(picture + length * direction, 0.0, 1.0)
    return trial, tf.reduce_sum(gradient * (trial - picture))


@traced(reduce_retracing=True)
def _pair(
    picture: tf.Tensor, trial: tf.Tensor, gradient: tf.Tensor, there: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return a step, how the gradient changed over it, and its inverse curvature; 0 if not sound."""
    step, change = tf.reshape(trial - picture, [-1]), tf.reshape(there - gradient, [-1])
    product, square = tf.tensordot(step, change, 1), tf.tensordot(change, change, 1)
    sound = product > 1e-8 * square
    return step, change, tf.where(sound, tf.math.divide_no_nan(product, square), 0.0)
