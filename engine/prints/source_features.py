"""The photo and the styles at a scale that is too large to be seen at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.backbones.interface import stride
from engine.losses.gram import gram_matrix
from engine.losses.layers import LossLayers
from engine.losses.regions import Region, layer_mask, regions_of
from engine.losses.targets import ContentTarget, SourceFeatures, style_tiles
from engine.prints.objective import Sums, TiledObjective
from engine.prints.tiles import Box, Tile
from engine.recipe import Recipe

_IN_MEMORY_BYTES = 2**29
"""A photo's features are kept in a file where they take more."""


class TiledSourceFeatures(SourceFeatures):
    """Measures like `SourceFeatures`, a tile at a time, and keeps what comes of it small.

    Patches are not compared at such sizes: finding each patch's like costs more
    than everything else, and what they are for, the coarse scales have done.

    Args:
        objective: sees tiles.
        backbone: its network.
        recipe: as it stands.
        content: (H, W, 3) the photo at this scale.
        styles: each at its size for this scale.
        masks: one for each style, or None.
        content_mask: (h, w) or None.
        scratch: the folder where large maps are kept; None is the system's for temporary files.

    Attributes:
        positions: by style layer, (R,) what sums are divided by.
        counts: by content layer, how many numbers the whole map has.
        masks: by style layer, as `TiledObjective.sums` takes them.
    """

    def __init__(
        self,
        objective: TiledObjective,
        backbone: Backbone,
        recipe: Recipe,
        content: Array,
        styles: Sequence[Array],
        *,
        masks: Sequence[Array | None],
        content_mask: Array | None,
        scratch: Path | None = None,
    ) -> None:
        self._objective, self._backbone = objective, backbone
        self._loss_layers = LossLayers.of(recipe, backbone)
        self._photo, self._styles, self._content_mask = content, styles, content_mask
        self._scratch = scratch
        size = content.shape[0], content.shape[1]
        self._box = Box(0, size[0], 0, size[1])
        self._regions = regions_of(masks, size)
        self._masks = {
            layer: _masks_at(self._regions, self._map_size(layer)) for layer in self._loss_layers.style
        }
        self.masks = {
            layer: tf.concat(found, 0) if found else tf.zeros([0, 1, 1, 1])
            for layer, found in self._masks.items()
        }
        self.positions = {layer: self._positions(layer) for layer in self._loss_layers.style}
        self.counts: dict[str, int] = {}
        self._banks = []

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that is compared here, once."""
        return tuple(dict.fromkeys(self._loss_layers.style + self._loss_layers.content))

    def _map_size(self, layer: str) -> tuple[int, int]:
        return self._box.over(stride(layer)).size

    def _positions(self, layer: str) -> Array:
        height, width = self._map_size(layer)
        squares = [float(tf.reduce_sum(mask * mask)) for mask in self._masks[layer]]
        return np.maximum(np.array(squares or [height * width], np.float64), 1e-6)

    def measure(self, tiles: Sequence[Tile]) -> Iterator[None]:
        """Measure styles and photo; pauses after each tile."""
        yield from self._measure_style_tiles()
        sums: Sums = {}
        contents: dict[str, Any] = {}
        squares = dict.fromkeys(self._loss_layers.content, 0.0)
        for tile in tiles:
            add(sums, self._objective.sums(self._photo, tile, self.masks))
            found = self._objective.features(self._photo, tile, list(self._loss_layers.content))
            for layer, maps in found.items():
                if layer not in contents:
                    shape = (1, *self._map_size(layer), maps.shape[-1])
                    contents[layer] = _room(shape, maps.dtype, self._scratch)
                whole = contents[layer]
                rows, columns = tile.inner.over(stride(layer)).slices
                whole[0, rows, columns] = maps
                squares[layer] += float(np.square(maps, dtype=np.float32).sum(dtype=np.float64))
            yield
        self.counts = {layer: whole.size for layer, whole in contents.items()}
        self._contents = {
            layer: ContentTarget(
                whole, self._weight(layer), tf.constant(squares[layer] / whole.size + 1e-12, tf.float32)
            )
            for layer, whole in contents.items()
        }
        self._content_grams = {
            layer: list(tf.constant(sums[layer] / self.positions[layer][:, None, None], tf.float32))
            for layer in self._loss_layers.style
        }

    def _weight(self, layer: str) -> tf.Tensor:
        mask = self._content_mask
        return tf.ones([1, 1, 1, 1]) if mask is None else layer_mask(mask, self._map_size(layer))

    def _measure_style_tiles(self) -> Iterator[None]:
        self._style_grams = []
        for style in self._styles:
            grams: dict[str, tf.Tensor] = {}
            for tile, share in style_tiles(style):
                features = self._backbone.features(tf.constant(tile[None]), self._loss_layers.style)
                for layer in self._loss_layers.style:
                    grams[layer] = grams.get(layer, 0.0) + gram_matrix(features[layer])[0] * share
                yield
            self._style_grams.append(grams)


def add(sums: Sums, more: Mapping[str, Array]) -> None:
    """Add a tile's sums to those of others, in float64, since millions of positions are added up."""
    for layer, value in more.items():
        sums[layer] = sums.get(layer, np.zeros(value.shape, np.float64)) + value


def _masks_at(regions: Sequence[Region], size: tuple[int, int]) -> list[tf.Tensor]:
    return [layer_mask(region.mask, size) for region in regions if region.mask is not None]


def _room(shape: tuple[int, ...], dtype: Any, scratch: Path | None) -> Any:
    """Make room for a map: in memory, or in a file without a name where it is large."""
    if np.prod(shape) * np.dtype(dtype).itemsize <= _IN_MEMORY_BYTES:
        return np.empty(shape, dtype)
    # The map holds on to the file, and so to its room on the disk, as long as it is needed.
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.memmap(file, dtype, "w+", shape=shape)
