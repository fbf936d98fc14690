"""One scale of a painting that is too large to be seen at once, worked on tile by tile.

A step looks at every tile once. What it asks of them follows from the Gram
matrices of the whole picture as they were one step before, which changes them
by thousandths, and measures at the same time those that the next step needs;
the first step's are measured first. So a step costs one pass forwards and one
back, as for a small picture, and all of its tiles are pulled alike.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.errors import PaintingError
from engine.losses.total_variation import add_variation
from engine.optimize.divergence import DivergenceGuard
from engine.optimize.in_place_adam import InPlaceAdam
from engine.optimize.interface import OptimizerState
from engine.optimize.schedule import is_done
from engine.prints.objective import Sums, gram_gradient, tiled_objective_through
from engine.prints.source_features import TiledSourceFeatures, add
from engine.prints.tiles import SIDES, cut, reach, tile_side
from engine.recipe import Recipe
from engine.recipe.scales import Scale

_RATE = 0.5
"""Of the recipe's learning rate: what is left to do at this size are details."""

_log = logging.getLogger(__name__)


class TiledScaleRun:
    """Like `engine.painting.scale_run.ScaleRun`, but `step` is one tile's work.

    Args:
        backbone: the network to compare through.
        sources: photo and styles, not yet measured.
        scale: the size and the pace.
        recipe: as it stands.
        picture: (H, W, 3) float32 to begin with.
        loss_history: total losses of steps before an interruption.

    Attributes:
        losses: (content, style, total) of the steps.
        loss_history: the total losses that progress is judged by; infinite where it must not be.
        evaluations: how often all tiles were looked at.
        side: how large a tile with its halo is at most.
        reduced_tile_px: that side where memory ran short, and tiles became smaller; else None.
    """

    step_scale = None
    state: OptimizerState | None = None

    def __init__(
        self,
        backbone: Backbone,
        sources: TiledSourceFeatures,
        scale: Scale,
        recipe: Recipe,
        picture: Array,
        *,
        loss_history: Sequence[float] = (),
    ) -> None:
        self._objective = tiled_objective_through(backbone)
        self._reach = reach(backbone, sources.layers)
        self._sources, self._scale = sources, scale
        self._take(recipe)
        self._rate = recipe.learning_rate * _RATE
        self._adam = InPlaceAdam(picture, rate=self._rate)
        self._divergence = DivergenceGuard()
        self.loss_history = [math.inf] * len(loss_history)
        self.losses: list[tuple[float, float, float]] = []
        self.evaluations = 0
        self._measured = False
        self._tiles_done = 0
        self.reduced_tile_px: int | None = None
        self._cut_into(tile_side(scale.size, getattr(backbone, "dtype", tf.float32).size))

    def _cut_into(self, side: int) -> None:
        self.side = side
        self._tiles = cut(self._scale.size, self._reach, side)
        _log.info("%s tiles of at most %s px", len(self._tiles), side)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Begin the present step, or the measuring before the first, from its beginning."""
        self._sums: Sums | None = None
        self._tiles_done = 0
        self._work = self._units()

    @property
    def pixels(self) -> Array:
        """(H, W, 3) float32, the result so far."""
        return self._adam.picture

    @property
    def steps(self) -> float:
        """The steps made at this scale, with the part of the present one that is done."""
        return len(self.loss_history) + self._tiles_done / len(self._tiles)

    @property
    def done(self) -> bool:
        """Whether the scale has had its steps, or they no longer pay."""
        return is_done(self._scale.limits, self.loss_history)

    def retarget(self, recipe: Recipe) -> None:
        """Take the losses' weights and the mix of styles from a changed recipe."""
        self._take(recipe)
        self.loss_history = [math.inf] * len(self.loss_history)

    def _take(self, recipe: Recipe) -> None:
        # See `TiledSourceFeatures`: what patches would weigh, Gram matrices do here.
        self._recipe = recipe.changed(patch_share=0)

    def read_losses(self) -> None:
        """Nothing waits to be read."""

    def step(self) -> bool:
        """Do one tile's work; say whether that ended a step.

        Raises:
            PaintingError: there is not memory enough for the smallest tile.
        """
        steps = len(self.loss_history)
        try:
            next(self._work)
        except (tf.errors.ResourceExhaustedError, MemoryError) as exc:
            self._reduce_tiles(exc)
        return len(self.loss_history) > steps

    def _reduce_tiles(self, reason: Exception) -> None:
        """Go on with smaller tiles."""
        smaller = [side for side in SIDES if side < self.side]
        if not smaller:
            raise PaintingError(
                "There is not enough memory to paint even small tiles; choose a smaller size.",
                code="out-of-memory",
            ) from reason
        _log.warning("memory ran short: tiles of at most %s px from here on", smaller[0])
        self.reduced_tile_px = smaller[0]
        self._cut_into(smaller[0])

    def _units(self) -> Iterator[None]:
        """Work for ever, and pause after each tile."""
        if not self._measured:
            yield from self._sources.measure(self._tiles)
            self._measured = True
        if self._sums is None:
            self._sums = {}
            for tile in self._tiles:
                add(self._sums, self._objective.sums(self._adam.here, tile, self._sources.masks))
                yield
        while True:
            yield from self._one_step()

    def _one_step(self) -> Iterator[None]:
        picture, targets = self._adam.here, self._sources.targets(self._recipe, None)
        _, needed = gram_gradient(self._sums or {}, targets, self._sources.positions)
        gradient, sums, content = np.zeros_like(picture), dict[str, Array](), 0.0
        for number, tile in enumerate(self._tiles, start=1):
            tile_gradient = self._objective.tile_gradient(
                picture, tile, targets, needed, self._sources.counts
            )
            rows, columns = tile.outer.slices
            gradient[rows, columns] += tile_gradient.gradient
            add(sums, tile_gradient.sums)
            content += tile_gradient.content
            if number < len(self._tiles):
                self._tiles_done = number
                yield
        weights = np.asarray(targets.loss_weights)
        tv = add_variation(picture, gradient, float(weights[3]))
        style, _ = gram_gradient(sums, targets, self._sources.positions)
        self.evaluations += 1
        self._tiles_done = 0
        self._end_step(content, style, float(weights @ [content, style, 0.0, tv]), gradient, sums)
        yield

    def _end_step(self, content: float, style: float, total: float, gradient: Array, sums: Sums) -> None:
        self.losses.append((content, style, total))
        self.loss_history.append(total)
        if math.isfinite(total) and np.isfinite(gradient).all():
            self._adam.move(gradient)
            self._sums = sums
            return
        self._divergence.one_more(len(self.loss_history))
        self._rate *= 0.3
        self._adam = InPlaceAdam(self._adam.picture, rate=self._rate)
        self.loss_history = [math.inf] * len(self.loss_history)
        self._begin_anew()
