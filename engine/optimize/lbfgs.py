"""L-BFGS in TensorFlow, which never copies the picture or its gradients to the host."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from engine.backbones.tracing import traced
from engine.optimize.interface import Evaluate, Evaluation


class Memory:
    """The last steps, and the change of the gradient over each.

    Both are rows of one tensor, so that a direction takes two products of that
    matrix with a vector, where the two-loop recursion passes over every row
    four times. Only 20 numbers are copied to the host.

    References:
        Byrd, Nocedal & Schnabel 1994, Representations of quasi-Newton matrices
        and their use in limited memory methods, Mathematical Programming 63,
        equation 3.13: the same direction as Nocedal & Wright's algorithm 7.4.
    """

    def __init__(self, pairs: int, size: int) -> None:
        """Allocate memory for a number of pairs of vectors of a size."""
        self._pairs = pairs
        self._rows = tf.zeros([2 * pairs, size])
        # The product of each row with each change.
        self._change_products = np.zeros((2 * pairs, pairs))
        self._slots: list[int] = []

    def __len__(self) -> int:
        """Return the number of pairs in memory."""
        return len(self._slots)

    def add(self, step: tf.Tensor, change: tf.Tensor) -> None:
        """Add a step and the gradient's change over it, (n,) float32 each, in place of the oldest if full."""
        slot = self._slots.pop(0) if len(self) == self._pairs else len(self)
        self._slots.append(slot)
        for row, vector in ((slot, step), (self._pairs + slot, change)):
            # A tf.Variable would be copied in full before each product that follows an assignment.
            self._rows = tf.raw_ops.InplaceUpdate(x=self._rows, i=[row], v=vector[None])
        products = _products(self._rows, change).numpy().astype(np.float64)
        self._change_products[:, slot] = products
        self._change_products[self._pairs + slot] = products[self._pairs :]

    def apply(self, gradient: tf.Tensor, scale: float) -> tf.Tensor:
        """Multiply a gradient by the inverse Hessian that the pairs imply.

        Args:
            gradient: (n,) float32.
            scale: the inverse curvature in directions that the pairs say nothing about.

        Returns:
            (n,) float32.
        """
        steps = np.array(self._slots)
        changes = self._pairs + steps
        products = _products(self._rows, gradient).numpy().astype(np.float64)
        upper = np.triu(self._change_products[steps][:, steps])
        solved = np.linalg.solve(upper, products[steps])
        curved = np.diag(upper) * solved + scale * (self._change_products[changes][:, steps] @ solved)
        coefficients = np.zeros(2 * self._pairs, np.float32)
        coefficients[steps] = np.linalg.solve(upper.T, curved - scale * products[changes])
        coefficients[changes] = -scale * solved
        return _combination(self._rows, tf.constant(coefficients), gradient, tf.constant(scale, tf.float32))


class LBFGS:
    """L-BFGS with a backtracking line search, which keeps the picture in [0, 1] by clipping.

    References:
        Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 and 3.1.
        Differs: a pixel at a bound that the gradient would push it over is left
        out of the step, and the sufficient decrease is judged on the clipped step.

    Attributes:
        step_scale: the inverse curvature that scales the first direction; None if it was
            not known from a coarser scale and no pair has been learned yet.
    """

    PAIRS = 10
    FIRST_MOVE = 0.02
    """The root mean square of the very first step, where 1 is the distance from black to white."""
    MAX_TRIALS = 8
    """How many step lengths are tried along one direction."""
    DECREASE = 1e-4
    """The share of the predicted decrease that a step must bring."""

    def __init__(self, evaluate: Evaluate, picture: tf.Tensor, *, step_scale: float | None = None) -> None:
        self._evaluate = evaluate
        self.picture = picture
        self._evaluation: Evaluation | None = None
        self.stalled = False
        self.evaluations = 0
        self._first_length = 1.0
        self.step_scale = step_scale
        self._clear_memory()

    @property
    def state(self) -> None:
        """See `Optimizer.state`: always None, as the pairs are twenty pictures."""

    def _clear_memory(self) -> None:
        self._memory = Memory(self.PAIRS, int(tf.size(self.picture)))

    def reset(self, *, forget: bool) -> None:
        """See `Optimizer.reset`."""
        self._evaluation = None
        self.stalled = False
        if forget:
            self._clear_memory()

    def roll_back(self) -> None:
        """See `Optimizer.roll_back`: the picture already is the best iterate, as steps only go down."""
        self._first_length *= 0.1
        self.reset(forget=True)

    def step(self) -> Evaluation:
        """See `Optimizer.step`: one direction, and as many evaluations as it takes to go down."""
        current = self._evaluation or self._count_and_evaluate(self.picture)
        self._evaluation = current
        length = self._first_length
        direction = self._direction(current.gradient)
        for _ in range(self.MAX_TRIALS):
            trial, predicted = _trial(self.picture, direction, current.gradient, tf.constant(length))
            evaluation = self._count_and_evaluate(trial)
            if bool(evaluation.total <= current.total + self.DECREASE * predicted):
                self._learn(trial, current, evaluation)
                self.picture, self._evaluation = trial, evaluation
                return evaluation
            length *= 0.4
        # The direction came from a stale memory, or there is nothing left to gain.
        self.stalled = not self._memory
        self._clear_memory()
        return current

    def _count_and_evaluate(self, picture: tf.Tensor) -> Evaluation:
        self.evaluations += 1
        return self._evaluate(picture)

    def _direction(self, gradient: tf.Tensor) -> tf.Tensor:
        if self._memory and self.step_scale is not None:
            free = _zero_at_bounds(self.picture, gradient, gradient)
            newton = self._memory.apply(tf.reshape(free, [-1]), self.step_scale)
            return -_zero_at_bounds(self.picture, gradient, tf.reshape(newton, tf.shape(gradient)))
        scale = self.step_scale
        if scale is None:
            scale = self.FIRST_MOVE / (tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-20)
        return -tf.cast(scale, tf.float32) * gradient

    def _learn(self, trial: tf.Tensor, current: Evaluation, evaluation: Evaluation) -> None:
        step, change, scale = _pair(self.picture, trial, current.gradient, evaluation.gradient)
        if float(scale) > 0:
            self._memory.add(step, change)
            self.step_scale = float(scale)


@traced(reduce_retracing=True)
def _zero_at_bounds(picture: tf.Tensor, gradient: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    """Return a vector with 0 where a pixel is at 0 or 1 and a step down would push it over."""
    bound = ((picture <= 0) & (gradient > 0)) | ((picture >= 1) & (gradient < 0))
    return tf.where(bound, 0.0, vector)


@traced(reduce_retracing=True)
def _products(rows: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    return tf.linalg.matvec(rows, vector)


@traced(reduce_retracing=True)
def _combination(rows: tf.Tensor, coefficients: tf.Tensor, vector: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    return tf.squeeze(tf.matmul(coefficients[None], rows), 0) + scale * vector


@traced(reduce_retracing=True)
def _trial(
    picture: tf.Tensor, direction: tf.Tensor, gradient: tf.Tensor, length: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the end of the clipped step, and the change of the loss that the gradient predicts for it."""
    trial = tf.clip_by_value(picture + length * direction, 0.0, 1.0)
    return trial, tf.reduce_sum(gradient * (trial - picture))


@traced(reduce_retracing=True)
def _pair(
    picture: tf.Tensor, trial: tf.Tensor, gradient: tf.Tensor, trial_gradient: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return a step, the gradient's change over it, and the inverse curvature, 0 if the pair is unusable."""
    step, change = tf.reshape(trial - picture, [-1]), tf.reshape(trial_gradient - gradient, [-1])
    product, square = tf.tensordot(step, change, 1), tf.tensordot(change, change, 1)
    usable = product > 1e-8 * square
    return step, change, tf.where(usable, tf.math.divide_no_nan(product, square), 0.0)
