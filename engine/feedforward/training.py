"""The training of one-pass styles: a feed-forward network learns to paint in one or several styles.

Johnson et al. 2016, arXiv:1603.08155; Ulyanov et al. 2016, arXiv:1607.08022;
Dumoulin et al. 2017, arXiv:1610.07629. A training can be resumed from a
checkpoint by the same plan, as the crops of a step depend only on the seed and
the step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.backbones.tracing import traced
from engine.errors import CheckpointError, WeightsError
from engine.feedforward.losses import FeedforwardLosses
from engine.feedforward.network import STRIDE, FeedforwardPass, initial_moments, initial_weights
from engine.feedforward.photographs import Photographs
from engine.feedforward.plan import TrainingPlan
from engine.feedforward.styles import NETWORK_TYPE, FeedforwardStyles
from engine.optimize.adam import adam_direction
from engine.pretrained.archive import read_network, write_network

_CHECKPOINT_TYPE = "brush in training"
"""Marks checkpoints as such in their files; it never changes, so that those of release 1.0 can be read."""
_NORM_AVERAGE_DECAY = 0.98
"""The share that the running averages of batch normalisation keep in each step."""
_RATE_DECAY_START = 0.7
"""After this share of the training the learning rate falls linearly, to 2 % at the end."""
_WARM_UP_STEPS = 50
"""The learning rate rises during this many steps at the start."""
_STYLE_RATE_FACTOR = 6
"""The scales of the styles are about twenty times as large as the kernels' weights, so they learn faster."""


@dataclass(frozen=True)
class TrainingLosses:
    """The losses of one step, which are the columns of a training's log."""

    step: int
    seconds: float
    rate: float
    content: float
    style: float
    variation: float
    total: float


class FeedforwardTraining:
    """The training of a feed-forward network on one or several styles.

    Attributes:
        step: the number of steps so far.
        seconds: the time spent on them, over all runs.
    """

    def __init__(
        self, plan: TrainingPlan, styles: Sequence[Array], photos: Photographs, backbone: Backbone
    ) -> None:
        """Compute the targets of the styles and initialise the weights.

        Args:
            plan: all the options.
            styles: (h, w, 3) float32 RGB in [0, 1] each, in the order of the plan's names.
            photos: crops to train on, with the side that the plan gives.
            backbone: the network whose features are compared.

        Raises:
            ValueError: the plan's side is not a multiple of `STRIDE`.
        """
        if plan.side % STRIDE:
            raise ValueError(f"the crops' side must be a multiple of {STRIDE}, not {plan.side}")
        self._plan, self._photos, self._backbone = plan, photos, backbone
        self._losses = FeedforwardLosses(backbone, plan.recipe, styles, plan.style_sides)
        drawn = initial_weights(plan.shape, plan.seed)
        self._weights = {name: tf.Variable(value) for name, value in drawn.items()}
        self._norm_averages = {
            name: tf.Variable(value, trainable=False) for name, value in initial_moments(plan.shape).items()
        }
        self._adam_means, self._adam_squares = (
            {name: tf.Variable(np.zeros_like(value), trainable=False) for name, value in drawn.items()}
            for _ in range(2)
        )
        self.step, self.seconds = 0, 0.0
        self._prefetcher = ThreadPoolExecutor(1, thread_name_prefix="photographs")
        self._next_batch: tuple[int, Future[Array]] | None = None
        self._traced_step = traced(self._train_step)

    @property
    def progress(self) -> float:
        """The share of the training that is done, in [0, 1]."""
        minutes = self._plan.minutes
        spent = 0.0 if minutes is None else self.seconds / 60 / minutes
        return min(1.0, max(self.step / self._plan.steps, spent))

    @property
    def finished(self) -> bool:
        """Whether all the steps are made, or the time is up."""
        return self.progress >= 1

    def advance(self) -> TrainingLosses:
        """Make one step, and return its losses."""
        began = time.monotonic()
        plan, rate = self._plan, self._rate()
        first = self.step * plan.batch
        styles = (np.arange(first, first + plan.batch) % len(plan.names)).astype(np.int32)
        losses = self._traced_step(
            tf.constant(self._batch()), tf.constant(styles), tf.constant([self.step + 1.0, rate], tf.float32)
        )
        values = [float(loss) for loss in losses.numpy()]
        self.step += 1
        self.seconds += time.monotonic() - began
        return TrainingLosses(self.step, self.seconds, rate, *values)

    def close(self) -> None:
        """Stop the thread that decodes photographs."""
        self._prefetcher.shutdown(cancel_futures=True)

    def feedforward_styles(self) -> FeedforwardStyles:
        """Return the styles as learned so far, to paint with."""
        return FeedforwardStyles(self._description(), self._network_arrays())

    def export(self, path: Path) -> None:
        """Write the styles as learned so far, in half precision.

        Raises:
            WeightsError: it cannot be written.
        """
        write_network(path, self._description(), self._network_arrays())

    def save(self, path: Path) -> None:
        """Write a checkpoint of the training atomically.

        Raises:
            WeightsError: it cannot be written.
        """
        description = {
            "kind": _CHECKPOINT_TYPE,
            "step": self.step,
            "seconds": self.seconds,
            "backbone": self._backbone.name,
            "plan": self._plan.fixed_options,
        }
        write_network(path, description, self._checkpoint_arrays(), "float32")

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of a training with other options.
        """
        try:
            description, arrays = read_network(path, _CHECKPOINT_TYPE)
        except WeightsError as exc:
            raise CheckpointError(f"{exc} Remove it to start again.", code="checkpoint-damaged") from exc
        try:
            saved = {**dict(description["plan"]), "backbone": description["backbone"]}
            step, seconds = int(description["step"]), float(description["seconds"])
        except (KeyError, TypeError, ValueError, OverflowError) as exc:
            raise _damaged(path) from exc
        expected = {**self._plan.fixed_options, "backbone": self._backbone.name}
        changed = [name for name, value in expected.items() if saved.get(name) != value]
        state = self._variables()
        if changed or arrays.keys() != state.keys():
            raise CheckpointError(
                f"This folder holds a training with other options ({', '.join(changed) or 'network'}). "
                "Use the same options, or another folder with --work.",
                code="checkpoint-other-training",
            )
        sound = all(
            arrays[name].shape == variable.shape and np.isfinite(arrays[name]).all()
            for name, variable in state.items()
        )
        if not sound or step < 0 or not 0 <= seconds < math.inf:
            raise _damaged(path)
        for name, variable in state.items():
            variable.assign(arrays[name])
        self.step, self.seconds = step, seconds

    def _rate(self) -> float:
        falling = max(0.0, (self.progress - _RATE_DECAY_START) / (1 - _RATE_DECAY_START))
        return self._plan.rate * min(1.0, (self.step + 1) / _WARM_UP_STEPS) * max(0.02, 1 - falling)

    def _batch(self) -> Array:
        """Return this step's crops, and start to decode the next step's in the background."""
        plan, prefetched = self._plan, self._next_batch
        photos = (
            prefetched[1].result()
            if prefetched and prefetched[0] == self.step
            else self._photos.batch(self.step, plan.batch)
        )
        future = self._prefetcher.submit(self._photos.batch, self.step + 1, plan.batch)
        self._next_batch = self.step + 1, future
        return photos

    def _train_step(self, photos: tf.Tensor, styles: tf.Tensor, count_and_rate: tf.Tensor) -> tf.Tensor:
        """Make a step; return the losses as (4,) float32.

        The count of steps and the learning rate come as one tensor, so that the graph is not traced again.
        """
        names = list(self._weights)
        with tf.GradientTape() as tape:
            mix = tf.one_hot(styles, len(self._plan.names))
            network = FeedforwardPass(self._plan.shape, self._weights, mix, training=True)
            loss = self._losses(network(photos), photos, styles)
        gradients = tape.gradient(loss.total, [self._weights[name] for name in names])
        self._adam_step(dict(zip(names, gradients, strict=True)), count_and_rate[0], count_and_rate[1])
        for name, value in network.moments.items():
            self._norm_averages[name].assign(
                _NORM_AVERAGE_DECAY * self._norm_averages[name] + (1 - _NORM_AVERAGE_DECAY) * value
            )
        return tf.stack(loss)

    def _adam_step(self, gradients: dict[str, tf.Tensor], count: tf.Tensor, rate: tf.Tensor) -> None:
        """Take one step of Adam, with the decay and the epsilon of its paper."""
        for name, gradient in gradients.items():
            mean, square, step = adam_direction(
                gradient,
                self._adam_means[name],
                self._adam_squares[name],
                count,
                square_decay=0.999,
                epsilon=1e-8,
            )
            self._adam_means[name].assign(mean)
            self._adam_squares[name].assign(square)
            scaled_rate = rate * (_STYLE_RATE_FACTOR if name.endswith(("scale", "shift")) else 1)
            self._weights[name].assign_sub(scaled_rate * step)

    def _variables(self) -> dict[str, tf.Variable]:
        groups = {
            "weights": self._weights,
            "moments": self._norm_averages,
            "means": self._adam_means,
            "squares": self._adam_squares,
        }
        return {
            f"{group}/{name}": variable
            for group, variables in groups.items()
            for name, variable in variables.items()
        }

    def _checkpoint_arrays(self) -> dict[str, Array]:
        return {name: variable.numpy() for name, variable in self._variables().items()}

    def _network_arrays(self) -> dict[str, Array]:
        return {name: variable.numpy() for name, variable in (self._weights | self._norm_averages).items()}

    def _description(self) -> dict[str, Any]:
        plan = self._plan
        return {
            "kind": NETWORK_TYPE,
            "styles": [
                {"name": name, "title": title} for name, title in zip(plan.names, plan.titles, strict=True)
            ],
            **{name: value for name, value in plan.fixed_options.items() if name != "names"},
            "steps": self.step,
            "seconds": round(self.seconds),
            "backbone": self._backbone.name,
        }


def _damaged(path: Path) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint {path.name} is damaged. Remove it to start again.", code="checkpoint-damaged"
    )
