"""The losses of a picture that is too large to be seen at once, and their exact gradient.

Gram matrices are averages over all positions, so they add up over tiles. Once
those of the whole picture are known, the gradient of the Gram loss with respect
to them is a small constant matrix a layer, and what it asks of each feature
depends on that feature alone: so each tile is pulled by itself, and what the
tiles ask of the pixels in their halos adds up to the whole picture's gradient.
No seam can form, since nothing is computed otherwise than in one piece.
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

Sums = dict[str, Array]
"""By layer, (R, C, C): each region's co-activations summed over positions."""


class TileGradient(NamedTuple):
    """What one tile asks for.

    Attributes:
        gradient: (h, w, 3) float32, of the tile with its halo.
        sums: of its inner part.
        content: its part of the content loss, unweighted.
    """

    gradient: Array
    sums: Sums
    content: float


class TiledObjective:
    """The losses through one network, tile by tile; traced once for all sizes of tile."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._traced: dict[str, Any] = {}

    def sums(self, picture: Array, tile: Tile, masks: Mapping[str, Any]) -> Sums:
        """Sum the co-activations of a tile's inner part.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the whole one.
            tile: which part of it.
            masks: by style layer, (R, h, w, 1) float32 for the whole map, or (0, 1, 1, 1).
        """
        arguments = (_seen(picture, tile), _places(tile, list(masks)), _cut_masks(masks, tile))
        found = self._call(self._sums, "sums", arguments)
        return {layer: np.asarray(value) for layer, value in found.items()}

    def features(self, picture: Array, tile: Tile, layers: list[str]) -> dict[str, Any]:
        """Return a tile's inner maps, (h, w, C) in the network's own type."""
        maps = self._call(self._inner, f"features {layers}", (_seen(picture, tile), _places(tile, layers)))
        return {layer: maps[layer][0].numpy() for layer in layers}

    def tile_gradient(
        self,
        picture: Array,
        tile: Tile,
        targets: Targets,
        needed: Mapping[str, Array],
        counts: Mapping[str, int],
    ) -> TileGradient:
        """Return the gradient that a tile's inner part asks for.

        Args:
            picture: (H, W, 3) float32 in [0, 1], the whole one.
            tile: which part of it.
            targets: of the whole picture.
            needed: by layer, the gradient of the loss to the whole picture's `Sums`.
            counts: by content layer, how many numbers its whole map has.
        """
        masks = {layer: target.masks for layer, target in targets.grams.items()}
        contents = {
            layer: _cut_content(
                target, tile, layer, counts[layer], float(weight) * float(targets.loss_weights[0])
            )
            for (layer, target), weight in zip(
                targets.contents.items(), np.asarray(targets.content_weights), strict=True
            )
        }
        layers = list({**masks, **contents})
        pulls = {layer: tf.constant(want) for layer, want in needed.items()}
        arguments = (_seen(picture, tile), _places(tile, layers), _cut_masks(masks, tile), pulls, contents)
        gradient, sums, content = self._call(self._tile_gradient, "pull", arguments)
        return TileGradient(
            gradient[0].numpy(), {layer: np.asarray(value) for layer, value in sums.items()}, float(content)
        )

    def _call(self, act: Any, name: str, arguments: tuple[Any, ...]) -> Any:
        specs = tf.nest.map_structure(_any_size, arguments)
        key = f"{name} {specs}"
        if key not in self._traced:
            self._traced[key] = traced(act).get_concrete_function(*specs)
        return self._traced[key](*arguments)

    def _inner(self, image: tf.Tensor, places: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        def part(layer: str, maps: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(places[layer])
            return maps[:, top:bottom, left:right]

        return self._backbone.features(image, list(places), part)

    def _sums(
        self, image: tf.Tensor, places: Mapping[str, tf.Tensor], masks: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        inner = self._inner(image, places)
        return {layer: _sums_of(inner[layer], mask) for layer, mask in masks.items()}

    def _tile_gradient(
        self,
        image: tf.Tensor,
        places: Mapping[str, tf.Tensor],
        masks: Mapping[str, tf.Tensor],
        pulls: Mapping[str, tf.Tensor],
        contents: Mapping[str, tuple[tf.Tensor, ...]],
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            inner = self._inner(image, places)
            sums = {layer: _sums_of(inner[layer], mask) for layer, mask in masks.items()}
            asked = [tf.reduce_sum(sums[layer] * pulls[layer]) for layer in sums]
            losses = [
                feature_loss(inner[layer], features, weight, energy)
                for layer, (features, weight, energy, _, _) in contents.items()
            ]
            factors = [(own, weighted) for _, _, _, own, weighted in contents.values()]
            asked += [loss * weighted for loss, (_, weighted) in zip(losses, factors, strict=True)]
            surrogate = tf.add_n(asked)
        own = [loss * share for loss, (share, _) in zip(losses, factors, strict=True)]
        return tape.gradient(surrogate, image), sums, tf.add_n(own) if own else tf.zeros([])


def gram_gradient(sums: Sums, targets: Targets, positions: Mapping[str, Array]) -> tuple[float, Sums]:
    """Return the Gram loss of a whole picture, unweighted, and its weighted gradient to the sums.

    Args:
        sums: over the whole picture.
        targets: what it is compared with.
        positions: by layer, (R,) what each region's sums are divided by: see `losses.gram_matrix`.
    """
    loss, needed = 0.0, {}
    shares = np.asarray(targets.shares, np.float64)
    for (layer, target), weight in zip(targets.grams.items(), np.asarray(targets.gram_weights), strict=True):
        count = positions[layer]
        distance = sums[layer] / count[:, None, None] - np.asarray(target.grams)
        energies = np.asarray(target.energies, np.float64)
        parts = np.square(distance, dtype=np.float64).sum((1, 2)) / energies * shares * float(weight)
        loss += float(parts.sum())
        scale = 2 * float(targets.loss_weights[1]) * float(weight) * shares / energies / count
        needed[layer] = np.asarray(distance * scale[:, None, None], np.float32)
    return loss, needed


def tiled_objective_through(backbone: Backbone) -> TiledObjective:
    """Return the tiled objective of a network, keeping what was traced for the next painting."""
    return _tiled_through(cast(Hashable, backbone))


@functools.lru_cache(maxsize=2)
def _tiled_through(backbone: Hashable) -> TiledObjective:
    return TiledObjective(cast(Backbone, backbone))


def _seen(picture: Array, tile: Tile) -> tf.Tensor:
    rows, columns = tile.outer.slices
    return tf.constant(picture[None, rows, columns])


def _places(tile: Tile, layers: list[str]) -> dict[str, tf.Tensor]:
    """Say for each layer where the inner part lies in the map of the tile with its halo."""
    return {
        layer: tf.constant(tile.inner.within(tile.outer).over(stride(layer)), tf.int32) for layer in layers
    }


def _cut_masks(masks: Mapping[str, Any], tile: Tile) -> dict[str, tf.Tensor]:
    return {
        layer: mask if mask.shape[0] == 0 else _cut(mask, tile.inner.over(stride(layer)))
        for layer, mask in masks.items()
    }


def _cut(maps: Any, box: Box) -> tf.Tensor:
    rows, columns = box.slices
    return tf.convert_to_tensor(maps[:, rows, columns])


def _cut_content(
    target: ContentTarget, tile: Tile, layer: str, count: int, weight: float
) -> tuple[tf.Tensor, ...]:
    """Return a tile's features, weights, energy, its share of the mean, and that with the loss's weight."""
    box = tile.inner.over(stride(layer))
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


def _sums_of(maps: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Sum co-activations for each region: (R, C, C) float32."""
    if masks.shape[0] == 0:
        return co_activations(maps)
    guided = [tf.cast(maps, tf.float32) * mask[None] for mask in tf.unstack(masks)]
    return tf.concat([co_activations(each) for each in guided], 0)


def _any_size(tensor: tf.Tensor) -> tf.TensorSpec:
    """Describe a tensor; of maps, (B, H, W, C), any height and width will do."""
    shape = tensor.shape.as_list()
    if len(shape) == 4:
        shape[1:3] = None, None
    return tf.TensorSpec(shape, tensor.dtype)
