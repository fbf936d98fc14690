"""The features of the photo and the styles at the scale of a print, measured tile by tile."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.losses.loss import Loss, Place, Target, active_losses
from engine.losses.targets import SourceFeatures
from engine.prints.objective import TiledObjective
from engine.prints.tiles import Tile
from engine.recipe import Recipe

_IN_MEMORY_BYTES = 2**29
"""A map that takes more than this is kept in a file."""


class TiledSourceFeatures(SourceFeatures):
    """Like `SourceFeatures`, but measures and matches one tile at a time, and uses little memory.

    Args:
        objective: measures tiles.
        backbone: the network of the objective.
        recipe: with the changes so far.
        content: (H, W, 3) the photo at this scale.
        styles: each at its size for this scale.
        masks: a mask or None for each style.
        content_mask: (h, w) or None.
        scratch: the folder for large maps; None is the system's for temporary files.
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
        self._objective, self._scratch = objective, scratch
        super().__init__(backbone, recipe, content, styles, masks=masks, content_mask=content_mask)

    def _choose_losses(self, recipe: Recipe) -> list[type[Loss]]:
        return [loss for loss in active_losses(recipe) if loss.in_tiles]

    def _measure(self) -> None:
        """Leave everything to `measure`, which can pause."""

    def measure(self, tiles: Sequence[Tile]) -> Iterator[None]:
        """Measure the styles and the photo; pause after each tile."""
        self._create_losses()  # without what was measured before smaller tiles were needed
        yield from self._measure_styles()
        maps = _FullMaps(self._scratch)
        for tile in tiles:
            part = self._objective.part(self._photo, tile, self.layers)
            for loss in self._losses:
                loss.add_photo(part)
            maps.paste({layer: part.maps[layer] for layer in self._kept_layers}, part.places)
            yield
        self._photo_maps = maps.target

    def match_tiles(
        self, name: str, recipe: Recipe, painting: Array, tiles: Sequence[Tile]
    ) -> Generator[None, None, Target]:
        """Match a painting, (H, W, 3) float32, for a loss; pause after each tile, and return the target."""
        loss, target = self.matching[name], _FullMaps(self._scratch)
        for tile in tiles:
            part = self._objective.part(painting, tile, loss.layers)
            photo = {layer: part.cut(layer, self._photo_maps[layer]) for layer in loss.kept_layers}
            target.paste(loss.target(recipe, photo, part), part.places)
            yield
        return target.target


class _FullMaps:
    """Puts maps together from those of tiles, in memory or, if they are large, in files."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self.target: Target = {}

    def paste(self, part: Target, places: Mapping[str, Place]) -> None:
        """Add what belongs to one tile: by layer, tensors of which those of the tile's size are maps."""
        for layer, tensors in part.items():
            place = places[layer]
            if layer not in self.target:
                allocate = functools.partial(self._allocate, place=place)
                self.target[layer] = tf.nest.map_structure(allocate, tensors)
            for full, each in zip(*map(tf.nest.flatten, (self.target[layer], tensors)), strict=True):
                if _is_map(each, place):
                    full[:, place.rows, place.columns] = each.numpy()

    def _allocate(self, part: Any, place: Place) -> Any:
        """Return the full map of a tile's map, still empty; or what is the same in each tile."""
        if not _is_map(part, place):
            return part
        shape, dtype = (part.shape[0], *place.full, part.shape[3]), np.dtype(part.dtype.as_numpy_dtype)
        if np.prod(shape) * dtype.itemsize <= _IN_MEMORY_BYTES:
            return np.empty(shape, dtype)
        # The map keeps the file open, so its space on disk is freed when the map is no longer used.
        with tempfile.TemporaryFile(dir=self._scratch) as file:
            return np.memmap(file, dtype, "w+", shape=shape)


def _is_map(tensor: Any, place: Place) -> bool:
    return len(tensor.shape) == 4 and tuple(tensor.shape[1:3]) == place.size
