"""The losses of a large picture and their exact gradient, computed tile by tile.

Every loss is a function of sums that run over the full picture (`Loss.sums`), such
as those of a Gram matrix, and the sums of the tiles add up to them. Once they are
known, the gradient of the losses with respect to them is a small constant for each,
and the gradient with respect to each feature depends on that feature alone. So each
tile's gradient can be computed by itself, and those of the pixels in overlapping
halos add up to the full picture's gradient. No seam can form, because the result is
the same as in one piece.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.backbones.tracing import traced
from engine.losses.loss import PIXELS, Part, Place, layer_stride, losses
from engine.losses.objective import any_size, network_layers, weighted_sum
from engine.losses.targets import Targets
from engine.prints.tiles import Box, Tile

Sums = dict[str, Any]
"""By loss, what `Loss.sums` returns, added up over tiles in float64."""


class TileGradient(NamedTuple):
    """The gradient of one tile's part of the losses, (h, w, 3) float32 with its halo, and its sums."""

    gradient: Array
    sums: Sums


class TotalGradient(NamedTuple):
    """The losses of a full picture by name, their weighted sum, and its gradient by the picture's sums."""

    losses: dict[str, tf.Tensor]
    total: float
    by_sums: Sums


class TiledObjective:
    """The losses as one network sees them, tile by tile; traced once for all sizes of tile."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._traced: dict[str, Any] = {}

    def part(self, picture: Array, tile: Tile, layers: Sequence[str]) -> Part:
        """Return a tile's inner part with its maps at some layers, in the network's own type.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the full picture.
            tile: the part of it to measure.
            layers: of the network.
        """
        image, boxes, shares = _inputs(picture, tile, layers)
        maps = self._call(self._maps, f"features {layers}", (image, boxes))
        places = {layer: _place(picture, tile, layer) for layer in layers}
        return Part(image, maps, shares, boxes[PIXELS], places)

    def sums(self, picture: Array, tile: Tile, targets: Targets) -> Sums:
        """Return the sums of a tile's inner part.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the full picture.
            tile: the part of it to measure.
            targets: of the full picture.
        """
        inputs = _inputs(picture, tile, network_layers(targets))
        return cast(Sums, self._call(self._sums, "sums", (*inputs, _cut(picture, tile, targets))))

    def tile_gradient(self, picture: Array, tile: Tile, targets: Targets, by_sums: Sums) -> TileGradient:
        """Return the gradient of the losses of a tile's inner part, and its sums.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the full picture.
            tile: the part of it to measure.
            targets: of the full picture.
            by_sums: the gradient of the total with respect to the full picture's sums.
        """
        inputs = _inputs(picture, tile, network_layers(targets))
        gradient, sums = self._call(
            self._tile_gradient, "gradient", (*inputs, _cut(picture, tile, targets), by_sums)
        )
        return TileGradient(gradient[0].numpy(), sums)

    def _call(self, function: Any, name: str, arguments: tuple[Any, ...]) -> Any:
        """Call a method in graph mode, traced once for each structure of its arguments."""
        specs = tf.nest.map_structure(any_size, arguments)
        key = f"{name} {specs}"
        if key not in self._traced:
            self._traced[key] = traced(function).get_concrete_function(*specs)
        return self._traced[key](*arguments)

    def _maps(self, image: tf.Tensor, boxes: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        def inner(layer: str, maps: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(boxes[layer])
            return maps[:, top:bottom, left:right]

        return self._backbone.features(image, [layer for layer in boxes if layer != PIXELS], inner)

    def _sums(
        self,
        image: tf.Tensor,
        boxes: Mapping[str, tf.Tensor],
        shares: Mapping[str, tf.Tensor],
        targets: dict[str, Any],
    ) -> Sums:
        part = Part(image, self._maps(image, boxes), shares, boxes[PIXELS])
        return {name: losses()[name].sums(part, target) for name, target in targets.items()}

    def _tile_gradient(self, image: tf.Tensor, *rest: Any) -> tuple[tf.Tensor, Sums]:
        *inputs, by_sums = rest
        with tf.GradientTape() as tape:
            tape.watch(image)
            sums = self._sums(image, *inputs)
            # Not the loss itself, but a sum that has the same gradient with respect to the tile.
            pairs = zip(tf.nest.flatten(sums), tf.nest.flatten(by_sums), strict=True)
            surrogate = tf.add_n([tf.reduce_sum(each * weight) for each, weight in pairs])
        return tape.gradient(surrogate, image), sums


def total_gradient(sums: Sums, targets: Targets) -> TotalGradient:
    """Return the losses of a full picture and their gradient by its sums.

    Args:
        sums: over the full picture.
        targets: of the full picture.
    """
    sums = tf.nest.map_structure(lambda each: tf.constant(each, tf.float32), sums)
    with tf.GradientTape() as tape:
        tape.watch(sums)
        values, total = weighted_sum(sums, targets)
    return TotalGradient(values, float(total), tape.gradient(total, sums))


def added(sums: Sums, more: Sums) -> Sums:
    """Add one tile's sums to the others', if any, in float64, since they run over millions of positions."""
    wide = tf.nest.map_structure(lambda each: np.asarray(each, np.float64), more)
    return cast(Sums, tf.nest.map_structure(np.add, sums, wide) if sums else wide)


def tiled_objective_for(backbone: Backbone) -> TiledObjective:
    """Return the tiled objective of a network, always the same one so that paintings share its trace."""
    return _tiled_objective_for(cast(Hashable, backbone))


@functools.lru_cache(maxsize=2)
def _tiled_objective_for(backbone: Hashable) -> TiledObjective:
    return TiledObjective(cast(Backbone, backbone))


def _inputs(
    picture: Array, tile: Tile, layers: Sequence[str]
) -> tuple[tf.Tensor, dict[str, tf.Tensor], dict[str, tf.Tensor]]:
    """Return a tile with its halo and, by layer, the box of its inner part in it and its share of the map."""
    rows, columns = tile.outer.slices
    inner, names = tile.inner.relative_to(tile.outer), (*layers, PIXELS)
    boxes = {name: tf.constant(inner.at_stride(layer_stride(name)), tf.int32) for name in names}
    shares = {name: tf.constant(_place(picture, tile, name).share, tf.float32) for name in names}
    return tf.constant(picture[None, rows, columns]), boxes, shares


def _place(picture: Array, tile: Tile, layer: str) -> Place:
    full = Box(0, picture.shape[0], 0, picture.shape[1]).at_stride(layer_stride(layer))
    return Place(*tile.inner.at_stride(layer_stride(layer)).slices, full.size)


def _cut(picture: Array, tile: Tile, targets: Targets) -> dict[str, Any]:
    """Cut the maps in the targets of all losses to a tile."""
    return {
        name: {
            layer: tf.nest.map_structure(_place(picture, tile, layer).cut, each)
            for layer, each in target.items()
        }
        for name, target in targets.by_loss.items()
    }
