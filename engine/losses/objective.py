"""The objective that an optimizer minimises: the weighted sum of the losses, and its gradient."""

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
            # XLA was chosen by a measurement at one size; a picture of another size must not fail for it.
            _log.warning("XLA failed, continuing without it: %s", error)
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
    """Sum one layer's Gram losses over the regions, each weighted by its share."""
    target = targets.grams[layer]
    losses = []
    for region in range(target.grams.shape[0]):
        mask = target.masks[region : region + 1] if has_masks(target.masks) else None
        gram = gram_matrix(features, mask)
        losses.append(gram_loss(gram, target.grams[region], target.energies[region]))
    return tf.reduce_sum(tf.stack(losses) * targets.shares)


def has_masks(masks: tf.Tensor) -> bool:
    """Return whether the regions have masks; a single region that covers the picture has none."""
    return bool(masks.shape[0] != 0)


def _any_size(tensor: tf.Tensor) -> tf.TensorSpec:
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
