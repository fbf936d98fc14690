"""Training a brush: a feed-forward network that paints like one or several styles.

Johnson et al. 2016, arXiv:1603.08155; Ulyanov et al. 2016, arXiv:1607.08022;
Dumoulin et al. 2017, arXiv:1610.07629. A run leaves a checkpoint from which the
same plan goes on: photographs and crops of a step depend on the seed and the
step alone.
"""

from __future__ import annotations

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
from engine.feedforward.network import STRIDE, FeedforwardPass, fresh_moments, fresh_weights
from engine.feedforward.photographs import Photographs
from engine.feedforward.plan import TrainingPlan
from engine.feedforward.styles import KIND, FeedforwardStyles
from engine.pretrained.archive import read_network, write_network

_TRAINING = "brush in training"
_KEPT_MOMENTS = 0.98
"""How slowly batch normalisation's running moments follow the batches'."""
_DECAY_FROM = 0.7
"""From this share of the training on, the rate falls evenly, to 2 % of itself at the end."""
_WARM_UP = 50
_STYLES_FASTER = 6
"""The scales and shifts that tell styles apart are near 1, kernels near 0.05: they have further to go."""


@dataclass(frozen=True)
class Row:
    """The losses of one step."""

    step: int
    seconds: float
    rate: float
    content: float
    style: float
    variation: float
    total: float


class FeedforwardTraining:
    """A brush in training.

    Attributes:
        step: how many steps were made.
        seconds: how long they took, all runs together.
    """

    def __init__(
        self, plan: TrainingPlan, styles: Sequence[Array], photos: Photographs, backbone: Backbone
    ) -> None:
        """Measure the styles and draw the first weights.

        Args:
            plan: every choice.
            styles: (h, w, 3) float32 RGB in [0, 1] each, in the order of the plan's names.
            photos: what to paint; of crops of the plan's side.
            backbone: the network to compare through.
        """
        if plan.side % STRIDE:
            raise ValueError(f"the crops' side must be a multiple of {STRIDE}, not {plan.side}")
        self._plan, self._photos, self._backbone = plan, photos, backbone
        self._losses = FeedforwardLosses(backbone, plan.recipe, styles, plan.style_sides)
        drawn = fresh_weights(plan.shape, plan.seed)
        self._weights = {name: tf.Variable(value) for name, value in drawn.items()}
        self._moments = {
            name: tf.Variable(value, trainable=False) for name, value in fresh_moments(plan.shape).items()
        }
        self._means, self._squares = (
            {name: tf.Variable(np.zeros_like(value), trainable=False) for name, value in drawn.items()}
            for _ in range(2)
        )
        self.step, self.seconds = 0, 0.0
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="photographs")
        self._next: tuple[int, Future[Array]] | None = None
        self._traced = traced(self._learn)

    @property
    def progress(self) -> float:
        """How much of the training is done, in [0, 1]."""
        minutes = self._plan.minutes
        spent = 0.0 if minutes is None else self.seconds / 60 / minutes
        return min(1.0, max(self.step / self._plan.steps, spent))

    @property
    def finished(self) -> bool:
        """Whether the steps or the minutes are over."""
        return self.progress >= 1

    def advance(self) -> Row:
        """Make one step."""
        began = time.monotonic()
        plan, rate = self._plan, self._rate()
        first = self.step * plan.batch
        styles = (np.arange(first, first + plan.batch) % len(plan.names)).astype(np.int32)
        numbers = self._traced(
            tf.constant(self._batch()), tf.constant(styles), tf.constant([self.step + 1.0, rate], tf.float32)
        )
        found = [float(number) for number in numbers.numpy()]
        self.step += 1
        self.seconds += time.monotonic() - began
        return Row(self.step, self.seconds, rate, *found)

    def close(self) -> None:
        """End the thread that decodes photographs."""
        self._ahead.shutdown(cancel_futures=True)

    def feedforward_styles(self) -> FeedforwardStyles:
        """Return what was learned so far, to paint with."""
        return FeedforwardStyles(self._description(), self._arrays())

    def export(self, path: Path) -> None:
        """Write what was learned so far, in half precision.

        Raises:
            WeightsError: it cannot be written.
        """
        write_network(path, self._description(), self._arrays())

    def save(self, path: Path) -> None:
        """Write everything that a training needs to go on; it appears whole or not at all.

        Raises:
            WeightsError: it cannot be written.
        """
        description = {
            "kind": _TRAINING,
            "step": self.step,
            "seconds": self.seconds,
            "backbone": self._backbone.name,
            "plan": self._plan.binding,
        }
        write_network(path, description, self._state(), "float32")

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of a training with other choices.
        """
        try:
            description, arrays = read_network(path, _TRAINING)
        except WeightsError as exc:
            raise CheckpointError(f"{exc} Remove it to begin anew.", code="checkpoint-damaged") from exc
        known = {**dict(description.get("plan", {})), "backbone": description.get("backbone")}
        wanted = {**self._plan.binding, "backbone": self._backbone.name}
        changed = [name for name, value in wanted.items() if known.get(name) != value]
        state = self._variables()
        if changed or arrays.keys() != state.keys():
            raise CheckpointError(
                f"The training that was begun there has another {', '.join(changed) or 'network'}; "
                "give the same options, or another folder with --work.",
                code="checkpoint-other-training",
            )
        for name, variable in state.items():
            variable.assign(arrays[name])
        self.step, self.seconds = int(description["step"]), float(description["seconds"])

    def _rate(self) -> float:
        falling = max(0.0, (self.progress - _DECAY_FROM) / (1 - _DECAY_FROM))
        return self._plan.rate * min(1.0, (self.step + 1) / _WARM_UP) * max(0.02, 1 - falling)

    def _batch(self) -> Array:
        """Return this step's photographs, and have the next one's decoded meanwhile."""
        plan, ahead = self._plan, self._next
        photos = (
            ahead[1].result()
            if ahead and ahead[0] == self.step
            else self._photos.batch(self.step, plan.batch)
        )
        self._next = self.step + 1, self._ahead.submit(self._photos.batch, self.step + 1, plan.batch)
        return photos

    def _learn(self, photos: tf.Tensor, styles: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        names = list(self._weights)
        with tf.GradientTape() as tape:
            mix = tf.one_hot(styles, len(self._plan.names))
            network = FeedforwardPass(self._plan.shape, self._weights, mix, training=True)
            loss = self._losses(network(photos), photos, styles)
        gradients = tape.gradient(loss.total, [self._weights[name] for name in names])
        self._move(dict(zip(names, gradients, strict=True)), numbers[0], numbers[1])
        for name, value in network.moments.items():
            self._moments[name].assign(_KEPT_MOMENTS * self._moments[name] + (1 - _KEPT_MOMENTS) * value)
        return tf.stack(loss)

    def _move(self, gradients: dict[str, tf.Tensor], count: tf.Tensor, rate: tf.Tensor) -> None:
        """Take one step of Adam (Kingma & Ba 2014, arXiv:1412.6980)."""
        decay, square_decay = 0.9, 0.999
        for name, gradient in gradients.items():
            mean = self._means[name].assign(decay * self._means[name] + (1 - decay) * gradient)
            square = self._squares[name].assign(
                square_decay * self._squares[name] + (1 - square_decay) * gradient**2
            )
            size = tf.sqrt(square / (1 - square_decay**count)) + 1e-8
            own_rate = rate * (_STYLES_FASTER if name.endswith(("scale", "shift")) else 1)
            self._weights[name].assign_sub(own_rate * mean / (1 - decay**count) / size)

    def _variables(self) -> dict[str, tf.Variable]:
        groups = {
            "weights": self._weights,
            "moments": self._moments,
            "means": self._means,
            "squares": self._squares,
        }
        return {f"{group}/{name}": value for group, of in groups.items() for name, value in of.items()}

    def _state(self) -> dict[str, Array]:
        return {name: variable.numpy() for name, variable in self._variables().items()}

    def _arrays(self) -> dict[str, Array]:
        return {name: variable.numpy() for name, variable in (self._weights | self._moments).items()}

    def _description(self) -> dict[str, Any]:
        plan = self._plan
        return {
            "kind": KIND,
            "styles": [
                {"name": name, "title": title} for name, title in zip(plan.names, plan.titles, strict=True)
            ],
            **{name: value for name, value in plan.binding.items() if name != "names"},
            "steps": self.step,
            "seconds": round(self.seconds),
            "backbone": self._backbone.name,
        }
