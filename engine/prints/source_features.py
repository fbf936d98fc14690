"""The features of the photo and the styles at the scale of a print, measured tile by tile."""

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
from engine.losses.regions import Region, layer_mask, split_into_regions
from engine.losses.targets import ContentTarget, SourceFeatures, style_tiles
from engine.prints.objective import GramSums, TiledObjective
from engine.prints.tiles import Box, Tile
from engine.recipe import Recipe

_IN_MEMORY_BYTES = 2**29
"""A map of the photo's features that takes more than this is kept in a file."""


class TiledSourceFeatures(SourceFeatures):
    """Like `SourceFeatures`, but measures one tile at a time, and uses little memory.

    Patches are not compared at such sizes: matching them would cost more than
    everything else, and the coarse scales have already done what they are for.

    Args:
        objective: measures tiles.
        backbone: the network of the objective.
        recipe: with the changes so far.
        content: (H, W, 3) the photo at this scale.
        styles: each at its size for this scale.
        masks: a mask or None for each style.
        content_mask: (h, w) or None.
        scratch: the folder for large maps; None is the system's for temporary files.

    Attributes:
        divisors: by style layer, (R,) what each region's sums are divided by.
        element_counts: by content layer, the number of elements of the full map; empty until measured.
        masks: by style layer, as `TiledObjective.gram_sums` takes them.
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
        self._regions = split_into_regions(masks, size)
        self._masks = {
            layer: _masks_at(self._regions, self._map_size(layer)) for layer in self._loss_layers.style
        }
        self.masks = {
            layer: tf.concat(layer_masks, 0) if layer_masks else tf.zeros([0, 1, 1, 1])
            for layer, layer_masks in self._masks.items()
        }
        self.divisors = {layer: self._divisors(layer) for layer in self._loss_layers.style}
        self.element_counts: dict[str, int] = {}
        self._banks = []

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a loss compares, once."""
        return tuple(dict.fromkeys(self._loss_layers.style + self._loss_layers.content))

    def _map_size(self, layer: str) -> tuple[int, int]:
        return self._box.at_stride(stride(layer)).size

    def _divisors(self, layer: str) -> Array:
        height, width = self._map_size(layer)
        squares = [float(tf.reduce_sum(mask * mask)) for mask in self._masks[layer]]
        return np.maximum(np.array(squares or [height * width], np.float64), 1e-6)

    def measure(self, tiles: Sequence[Tile]) -> Iterator[None]:
        """Measure the styles and the photo; pause after each tile."""
        yield from self._measure_style_tiles()
        sums: GramSums = {}
        contents: dict[str, Any] = {}
        squares = dict.fromkeys(self._loss_layers.content, 0.0)
        for tile in tiles:
            add_sums(sums, self._objective.gram_sums(self._photo, tile, self.masks))
            features = self._objective.features(self._photo, tile, list(self._loss_layers.content))
            for layer, maps in features.items():
                if layer not in contents:
                    shape = (1, *self._map_size(layer), maps.shape[-1])
                    contents[layer] = _allocate_map(shape, maps.dtype, self._scratch)
                rows, columns = tile.inner.at_stride(stride(layer)).slices
                contents[layer][0, rows, columns] = maps
                squares[layer] += float(np.square(maps, dtype=np.float32).sum(dtype=np.float64))
            yield
        self.element_counts = {layer: full.size for layer, full in contents.items()}
        self._contents = {
            layer: ContentTarget(
                full, self._weight(layer), tf.constant(squares[layer] / full.size + 1e-12, tf.float32)
            )
            for layer, full in contents.items()
        }
        self._content_grams = {
            layer: list(tf.constant(sums[layer] / self.divisors[layer][:, None, None], tf.float32))
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


def add_sums(sums: GramSums, more: Mapping[str, Array]) -> None:
    """Add one tile's sums to the others', in float64, since they run over millions of positions."""
    for layer, value in more.items():
        sums[layer] = sums.get(layer, np.zeros(value.shape, np.float64)) + value


def _masks_at(regions: Sequence[Region], size: tuple[int, int]) -> list[tf.Tensor]:
    return [layer_mask(region.mask, size) for region in regions if region.mask is not None]


def _allocate_map(shape: tuple[int, ...], dtype: Any, scratch: Path | None) -> Any:
    """Allocate a map in memory or, if it is large, in a file without a name."""
    if np.prod(shape) * np.dtype(dtype).itemsize <= _IN_MEMORY_BYTES:
        return np.empty(shape, dtype)
    # The map keeps the file open, so its space on disk is freed when the map is no longer used.
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.memmap(file, dtype, "w+", shape=shape)
