"""The losses of a large picture and their exact gradient, computed tile by tile.

A Gram matrix is a sum over all positions, so the sums of the tiles add up to
the full picture's. Once those are known, the gradient of the Gram loss with
respect to them is a small constant matrix for each layer, and the gradient with
respect to each feature depends on that feature alone. So each tile's gradient
can be computed by itself, and those of the pixels in overlapping halos add up
to the full picture's gradient. No seam can form, because the result is the same
as in one piece.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.backbones.interface import stride
from engine.backbones.tracing import traced
from engine.losses.content import feature_loss
from engine.losses.gram import co_activations
from engine.losses.targets import ContentTarget, Targets
from engine.prints.tiles import Box, Tile

GramSums = dict[str, Array]
"""By layer, (R, C, C): each region's co-activations summed over positions."""


class TileGradient(NamedTuple):
    """The gradient of one tile's part of the losses, and what was measured on the way.

    Attributes:
        gradient: (h, w, 3) float32, of the tile with its halo.
        gram_sums: of its inner part.
        content: its part of the content loss, unweighted.
    """

    gradient: Array
    gram_sums: GramSums
    content: float


class TiledObjective:
    """The losses as one network sees them, tile by tile; traced once for all sizes of tile."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._traced: dict[str, Any] = {}

    def gram_sums(self, picture: Array, tile: Tile, masks: Mapping[str, Any]) -> GramSums:
        """Sum the co-activations of a tile's inner part.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the full picture.
            tile: the part of it to measure.
            masks: by style layer, (R, h, w, 1) float32 for the full map, or (0, 1, 1, 1).
        """
        arguments = (_crop(picture, tile), _inner_boxes(tile, list(masks)), _cut_masks(masks, tile))
        sums = self._call(self._gram_sums, "sums", arguments)
        return {layer: np.asarray(value) for layer, value in sums.items()}

    def features(self, picture: Array, tile: Tile, layers: list[str]) -> dict[str, Any]:
        """Return the maps of a tile's inner part, (h, w, C) in the network's own type."""
        arguments = (_crop(picture, tile), _inner_boxes(tile, layers))
        maps = self._call(self._inner_maps, f"features {layers}", arguments)
        return {layer: maps[layer][0].numpy() for layer in layers}

    def tile_gradient(
        self,
        picture: Array,
        tile: Tile,
        targets: Targets,
        sum_gradients: Mapping[str, Array],
        element_counts: Mapping[str, int],
    ) -> TileGradient:
        """Return the gradient of the losses of a tile's inner part.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the full picture.
            tile: the part of it to measure.
            targets: of the full picture.
            sum_gradients: by layer, the gradient of the loss with respect to the full
                picture's `GramSums`; see `gram_gradient`.
            element_counts: by content layer, the number of elements of its full map.
        """
        masks = {layer: target.masks for layer, target in targets.grams.items()}
        contents = {
            layer: _cut_content(
                target, tile, layer, element_counts[layer], float(weight) * float(targets.loss_weights[0])
            )
            for (layer, target), weight in zip(
                targets.contents.items(), np.asarray(targets.content_weights), strict=True
            )
        }
        layers = list({**masks, **contents})
        gradients = {layer: tf.constant(gradient) for layer, gradient in sum_gradients.items()}
        arguments = (
            _crop(picture, tile),
            _inner_boxes(tile, layers),
            _cut_masks(masks, tile),
            gradients,
            contents,
        )
        gradient, sums, content = self._call(self._tile_gradient, "gradient", arguments)
        return TileGradient(
            gradient[0].numpy(), {layer: np.asarray(value) for layer, value in sums.items()}, float(content)
        )

    def _call(self, function: Any, name: str, arguments: tuple[Any, ...]) -> Any:
        """Call a method in graph mode, traced once for each structure of its arguments."""
        specs = tf.nest.map_structure(_any_size, arguments)
        key = f"{name} {specs}"
        if key not in self._traced:
            self._traced[key] = traced(function).get_concrete_function(*specs)
        return self._traced[key](*arguments)

    def _inner_maps(self, image: tf.Tensor, boxes: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        def part(layer: str, maps: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(boxes[layer])
            return maps[:, top:bottom, left:right]

        return self._backbone.features(image, list(boxes), part)

    def _gram_sums(
        self, image: tf.Tensor, boxes: Mapping[str, tf.Tensor], masks: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        inner = self._inner_maps(image, boxes)
        return {layer: _sum_regions(inner[layer], mask) for layer, mask in masks.items()}

    def _tile_gradient(
        self,
        image: tf.Tensor,
        boxes: Mapping[str, tf.Tensor],
        masks: Mapping[str, tf.Tensor],
        sum_gradients: Mapping[str, tf.Tensor],
        contents: Mapping[str, tuple[tf.Tensor, ...]],
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            inner = self._inner_maps(image, boxes)
            sums = {layer: _sum_regions(inner[layer], mask) for layer, mask in masks.items()}
            # Not the loss itself, but a sum that has the same gradient with respect to the tile.
            terms = [tf.reduce_sum(sums[layer] * sum_gradients[layer]) for layer in sums]
            losses = [
                feature_loss(inner[layer], features, weight, energy)
                for layer, (features, weight, energy, _, _) in contents.items()
            ]
            factors = [(share, weighted) for _, _, _, share, weighted in contents.values()]
            terms += [loss * weighted for loss, (_, weighted) in zip(losses, factors, strict=True)]
            surrogate = tf.add_n(terms)
        parts = [loss * share for loss, (share, _) in zip(losses, factors, strict=True)]
        return tape.gradient(surrogate, image), sums, tf.add_n(parts) if parts else tf.zeros([])


def gram_gradient(sums: GramSums, targets: Targets, divisors: Mapping[str, Array]) -> tuple[float, GramSums]:
    """Return the unweighted Gram loss of a full picture, and the weighted loss's gradient by the sums.

    Args:
        sums: over the full picture.
        targets: of the full picture.
        divisors: by layer, (R,) what each region's sums are divided by; see `gram.gram_matrix`.
    """
    loss, sum_gradients = 0.0, {}
    shares = np.asarray(targets.shares, np.float64)
    for (layer, target), weight in zip(targets.grams.items(), np.asarray(targets.gram_weights), strict=True):
        count = divisors[layer]
        distance = sums[layer] / count[:, None, None] - np.asarray(target.grams)
        energies = np.asarray(target.energies, np.float64)
        parts = np.square(distance, dtype=np.float64).sum((1, 2)) / energies * shares * float(weight)
        loss += float(parts.sum())
        scale = 2 * float(targets.loss_weights[1]) * float(weight) * shares / energies / count
        sum_gradients[layer] = np.asarray(distance * scale[:, None, None], np.float32)
    return loss, sum_gradients


def tiled_objective_for(backbone: Backbone) -> TiledObjective:
    """Return the tiled objective of a network, always the same one so that paintings share its trace."""
    return _tiled_objective_for(cast(Hashable, backbone))


@functools.lru_cache(maxsize=2)
def _tiled_objective_for(backbone: Hashable) -> TiledObjective:
    return TiledObjective(cast(Backbone, backbone))


def _crop(picture: Array, tile: Tile) -> tf.Tensor:
    """Cut a tile with its halo out of a picture."""
    rows, columns = tile.outer.slices
    return tf.constant(picture[None, rows, columns])


def _inner_boxes(tile: Tile, layers: list[str]) -> dict[str, tf.Tensor]:
    """Return for each layer the box of the inner part in the map of the tile with its halo."""
    inner = tile.inner.relative_to(tile.outer)
    return {layer: tf.constant(inner.at_stride(stride(layer)), tf.int32) for layer in layers}


def _cut_masks(masks: Mapping[str, Any], tile: Tile) -> dict[str, tf.Tensor]:
    return {
        layer: mask if mask.shape[0] == 0 else _cut(mask, tile.inner.at_stride(stride(layer)))
        for layer, mask in masks.items()
    }


def _cut(maps: Any, box: Box) -> tf.Tensor:
    rows, columns = box.slices
    return tf.convert_to_tensor(maps[:, rows, columns])


def _cut_content(
    target: ContentTarget, tile: Tile, layer: str, count: int, weight: float
) -> tuple[tf.Tensor, ...]:
    """Return a tile's features, weights, energy, share of the mean, and share times the loss's weight."""
    box = tile.inner.at_stride(stride(layer))
    features = _cut(target.features, box)
    uniform = target.weight.shape[1:3] == (1, 1)
    share = int(tf.size(features)) / count
    return (
        features,
        target.weight if uniform else _cut(target.weight, box),
        target.energy,
        tf.constant(share, tf.float32),
        tf.constant(share * weight, tf.float32),
    )


def _sum_regions(maps: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Sum the co-activations of each region; return (R, C, C) float32."""
    if masks.shape[0] == 0:
        return co_activations(maps)
    guided = [tf.cast(maps, tf.float32) * mask[None] for mask in tf.unstack(masks)]
    return tf.concat([co_activations(each) for each in guided], 0)


def _any_size(tensor: tf.Tensor) -> tf.TensorSpec:
    """Return the spec of a tensor, with any height and width if it is a map (B, H, W, C)."""
    shape = tensor.shape.as_list()
    if len(shape) == 4:
        shape[1:3] = None, None
    return tf.TensorSpec(shape, tensor.dtype)
