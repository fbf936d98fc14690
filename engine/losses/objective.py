"""The objective that an optimizer minimises: the weighted sum of the losses, and its gradient."""

from __future__ import annotations

import functools
import logging
from collections.abc import Hashable
from typing import Any, cast

import tensorflow as tf

from engine.backbones import Backbone
from engine.backbones.tracing import traced
from engine.losses.loss import PIXELS, Part, losses
from engine.losses.targets import Targets
from engine.optimize.interface import Evaluation

_log = logging.getLogger(__name__)


class Objective:
    """The losses as one network sees them, traced once for all sizes of picture."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._compiled = backbone.compiled
        self._traced: dict[str, Any] = {}

    def __call__(self, image: tf.Tensor, targets: Targets) -> Evaluation:
        """Return the losses of a picture and their gradient.

        Args:
            image: (1, H, W, 3) float32 RGB in [0, 1].
            targets: measured for this size of picture.
        """
        specs = tf.nest.map_structure(any_size, (image, targets))
        key = str(specs)
        if key not in self._traced:
            evaluate = traced(self._evaluate, jit_compile=self._compiled or None)
            self._traced[key] = evaluate.get_concrete_function(*specs)
        try:
            return Evaluation(*self._traced[key](image, targets))
        except tf.errors.OpError as error:
            if not self._compiled:
                raise
            # XLA was chosen by a measurement at one size; a picture of another size must not fail for it.
            _log.warning("XLA failed, continuing without it: %s", error)
            self._compiled = False
            self._traced.clear()
            return self(image, targets)

    def _evaluate(
        self, image: tf.Tensor, targets: Targets
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            picture = Part.full(image, self._backbone.features(image, network_layers(targets)))
            sums = {name: losses()[name].sums(picture, target) for name, target in targets.by_loss.items()}
            values, total = weighted_sum(sums, targets)
        return total, values, tape.gradient(total, image)


def network_layers(targets: Targets) -> list[str]:
    """Return every layer of the network that is compared, once."""
    layers = dict.fromkeys(layer for target in targets.by_loss.values() for layer in target)
    return [layer for layer in layers if layer != PIXELS]


def weighted_sum(sums: dict[str, Any], targets: Targets) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Return the losses by name and their weighted sum, () float32 each.

    Args:
        sums: over the full picture, by loss; see `Loss.sums`.
        targets: of the picture.
    """
    values = {name: losses()[name].value(sums[name], target) for name, target in targets.by_loss.items()}
    weights = tf.stack([targets.weights[name] for name in values])
    return values, tf.reduce_sum(tf.stack(list(values.values())) * weights)


def any_size(tensor: tf.Tensor) -> tf.TensorSpec:
    """Return the spec of a tensor, with any height and width if it is a map (B, H, W, C)."""
    shape = tensor.shape.as_list()
    if len(shape) == 4:
        shape[1:3] = None, None
    return tf.TensorSpec(shape, tensor.dtype)


def objective_for(backbone: Backbone) -> Objective:
    """Return the objective of a network, always the same one so that paintings share its trace."""
    return _objective_for(cast(Hashable, backbone))


@functools.lru_cache(maxsize=2)
def _objective_for(backbone: Hashable) -> Objective:
    return Objective(cast(Backbone, backbone))
