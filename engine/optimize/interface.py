"""The interface of the optimizers, and the values that they take and return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import tensorflow as tf

from engine.backbones import Array

DAMAGED_CHECKPOINT = "This checkpoint is damaged; start the painting again."


class Evaluation(NamedTuple):
    """The losses of one picture and their gradient.

    Attributes:
        total: () float32.
        losses: by name, () float32 each, unweighted.
        gradient: (1, H, W, 3) float32, of the total.
    """

    total: tf.Tensor
    losses: Mapping[str, tf.Tensor]
    gradient: tf.Tensor


Evaluate = Callable[[tf.Tensor], Evaluation]


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """What an optimizer has in memory besides the picture, to be kept in a checkpoint.

    Attributes:
        numbers: the scalars, by name.
        maps: the arrays of the picture's size, (h, w, 3) float32 each, by name.
    """

    numbers: Mapping[str, float]
    maps: Mapping[str, Array]


class Optimizer(Protocol):
    """Moves a picture in [0, 1] to lower losses.

    Attributes:
        picture: (1, H, W, 3) float32, the best result so far.
        stalled: whether no step lowers the loss any more.
        evaluations: how often the losses were evaluated.
        step_scale: the scale of a first step from this picture, for an optimizer that goes on
            from it: L-BFGS's inverse curvature, or the inverse of the size of Adam's gradients.
    """

    picture: tf.Tensor
    stalled: bool
    evaluations: int

    @property
    def step_scale(self) -> float | None:
        """See the attributes of this class."""

    @property
    def state(self) -> OptimizerState | None:
        """All that is needed to go on, besides the picture; None if that is too large to keep."""

    def step(self) -> Evaluation:
        """Move the picture once, and return the newest evaluation."""

    def reset(self, *, forget: bool) -> None:
        """Adapt to a changed objective.

        Args:
            forget: whether to drop what was learned of the objective so far, too.
        """

    def roll_back(self) -> None:
        """Return to the best iterate and go on with shorter steps."""
