"""What a picture is moved to lessen: the weighted sum of the losses, and its gradient."""

from __future__ import annotations

import functools
import logging
from collections.abc import Hashable
from typing import Any, cast

import tensorflow as tf

from engine.backbones import Backbone
from engine.backbones.tracing import traced
from engine.losses.content import feature_loss
from engine.losses.gram import gram_loss, gram_matrix
from engine.losses.targets import Targets
from engine.losses.total_variation import total_variation
from engine.optimize.interface import Evaluation

_log = logging.getLogger(__name__)


class Objective:
    """The losses through one network, traced once for all sizes of picture."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._compiled = backbone.compiled
        self._traced: dict[str, Any] = {}

    def __call__(self, image: tf.Tensor, targets: Targets) -> Evaluation:
        """Evaluate a picture.

        Args:
            image: (1, H, W, 3) float32 RGB in [0, 1].
            targets: made for this size of picture.
        """
        specs = tf.nest.map_structure(_any_size, (image, targets))
        key = str(specs)
        if key not in self._traced:
            evaluate = traced(self._evaluate, jit_compile=self._compiled or None)
            self._traced[key] = evaluate.get_concrete_function(*specs)
        try:
            return Evaluation(*self._traced[key](image, targets))
        except tf.errors.OpError as error:
            if not self._compiled:
                raise
            # It was measured on one size of picture; another must not fail for it.
            _log.warning("goes on without XLA, which failed: %s", error)
            self._compiled = False
            self._traced.clear()
            return self(image, targets)

    def _evaluate(self, image: tf.Tensor, targets: Targets) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            parts = tf.stack(self._losses(image, targets))
            total = tf.reduce_sum(parts * targets.loss_weights)
        return total, parts, tape.gradient(total, image)

    def _losses(self, image: tf.Tensor, targets: Targets) -> list[tf.Tensor]:
        layers = list({**targets.grams, **targets.contents, **targets.patches})
        features = self._backbone.features(image, layers)
        gram = [_regions_loss(features[layer], layer, targets) for layer in targets.grams]
        content = [feature_loss(features[layer], *target) for layer, target in targets.contents.items()]
        patch = [
            feature_loss(features[layer], *target[:3]) + target.constant
            for layer, target in targets.patches.items()
        ]
        return [
            _weighted(content, targets.content_weights),
            _weighted(gram, targets.gram_weights),
            tf.add_n(patch) / len(patch) if patch else tf.zeros([]),
            total_variation(image),
        ]


def _weighted(losses: list[tf.Tensor], weights: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.stack(losses) * weights) if losses else tf.zeros([])


def _regions_loss(features: tf.Tensor, layer: str, targets: Targets) -> tf.Tensor:
    """Sum a layer's Gram losses over the regions that styles were given."""
    target = targets.grams[layer]
    losses = []
    for region in range(target.grams.shape[0]):
        mask = target.masks[region : region + 1] if layer_is_masked(target.masks) else None
        gram = gram_matrix(features, mask)
        losses.append(gram_loss(gram, target.grams[region], target.energies[region]))
    return tf.reduce_sum(tf.stack(losses) * targets.shares)


def layer_is_masked(masks: tf.Tensor) -> bool:
    """Tell whether regions have masks: one region that is everything has an empty one."""
    return bool(masks.shape[0] != 0)


def _any_size(tensor: tf.Tensor) -> tf.TensorSpec:
    """Describe a tensor; of maps, (B, H, W, C), any height and width will do."""
    shape = tensor.shape.as_list()
    if len(shape) == 4:
        shape[1:3] = None, None
    return tf.TensorSpec(shape, tensor.dtype)


def objective_through(backbone: Backbone) -> Objective:
    """Return the objective of a network, keeping what was traced for the next painting."""
    return _objective_through(cast(Hashable, backbone))


@functools.lru_cache(maxsize=2)
def _objective_through(backbone: Hashable) -> Objective:
    return Objective(cast(Backbone, backbone))
