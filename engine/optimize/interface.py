"""What every optimizer can do, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import tensorflow as tf

from engine.backbones import Array

DAMAGED = "This checkpoint is damaged; start the painting again."


class Evaluation(NamedTuple):
    """The losses of one picture.

    Attributes:
        total: () float32.
        parts: (4,) float32, unweighted: content, Gram, patch, total variation.
        gradient: (1, H, W, 3) float32, of the total.
    """

    total: tf.Tensor
    parts: tf.Tensor
    gradient: tf.Tensor


Evaluate = Callable[[tf.Tensor], Evaluation]


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """What an optimizer knows beside the picture.

    Attributes:
        numbers: by name.
        maps: by name, (h, w, 3) float32 each, of the picture's size.
    """

    numbers: Mapping[str, float]
    maps: Mapping[str, Array]


class Optimizer(Protocol):
    """Moves a picture in [0, 1] to where `evaluate` is less.

    Attributes:
        picture: (1, H, W, 3) float32, the best result so far.
        stalled: whether no step in any direction helps any more.
        evaluations: how many were made.
        step_scale: one number that helps whoever goes on from this picture: L-BFGS's inverse
            curvature, or the inverse of the gradients' size that Adam has seen.
    """

    picture: tf.Tensor
    stalled: bool
    evaluations: int

    @property
    def step_scale(self) -> float | None:
        """See above."""

    @property
    def state(self) -> OptimizerState | None:
        """All that it goes on with, beside the picture; None where that is too much to keep."""

    def step(self) -> Evaluation:
        """Move once, and return the newest evaluation."""

    def reset(self, *, forget: bool) -> None:
        """Take note that the objective has changed; forget what was learned of it, or not."""

    def roll_back(self) -> None:
        """Return to the best iterate and go on with shorter steps."""
