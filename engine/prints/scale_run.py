"""One scale of a print, painted tile by tile.

A step passes over every tile once. The gradient of each tile follows from the
Gram matrices of the full picture one step earlier, which a step changes by
thousandths only. The same pass measures the Gram matrices that the next step
needs; those of the first step are measured beforehand. So it is with the sums of
every loss (`Loss.sums`). So a step costs one pass
forwards and one back, as for a small picture, and the gradients of all its
tiles belong to the same objective.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.errors import PaintingError
from engine.losses.loss import Target
from engine.optimize.divergence import DivergenceGuard
from engine.optimize.in_place_adam import InPlaceAdam
from engine.optimize.interface import OptimizerState
from engine.optimize.schedule import is_done
from engine.prints.objective import Sums, added, tiled_objective_for, total_gradient
from engine.prints.source_features import TiledSourceFeatures
from engine.prints.tiles import TILE_SIDES, cut_tiles, tile_layout, tile_side
from engine.recipe import Recipe
from engine.recipe.scales import Scale

_RATE_FACTOR = 0.5
"""The share of the recipe's learning rate that is used, as only details are left to do at this size."""

_log = logging.getLogger(__name__)


class TiledScaleRun:
    """Like `engine.painting.scale_run.ScaleRun`, but each call of `step` does one tile's work.

    Args:
        backbone: the network whose features are compared.
        sources: the photo and the styles, not yet measured.
        scale: its size and its step limits.
        recipe: with the changes so far.
        picture: (H, W, 3) float32 to start from.
        loss_history: total losses of steps before an interruption.

    Attributes:
        losses: (content, style, total) of each step.
        loss_history: the total loss of each step, by which `is_done` judges; infinite for
            steps that must not be compared with later ones.
        evaluations: how often the losses of all tiles were evaluated.
        side: the longest side, in pixels, of a tile with its halo.
        reduced_tile_px: that side if it was reduced for want of memory; else None.
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
        self._objective = tiled_objective_for(backbone)
        self._layout = tile_layout(backbone, sources.layers)
        self._sources, self._scale = sources, scale
        self._recipe = recipe
        self._matches: dict[str, Target] = {}
        self._matched_step, self._rematch = 0, True
        self._rate = recipe.learning_rate * _RATE_FACTOR
        self._adam = InPlaceAdam(picture, rate=self._rate)
        self._divergence = DivergenceGuard()
        self.loss_history = [math.inf] * len(loss_history)
        self.losses: list[tuple[float, float, float]] = []
        self.evaluations = 0
        self._sources_measured = False
        self._tiles_done = 0
        self.reduced_tile_px: int | None = None
        self._cut_into_tiles(tile_side(scale.size, getattr(backbone, "dtype", tf.float32).size))

    def _cut_into_tiles(self, side: int) -> None:
        self.side = side
        self._tiles = cut_tiles(self._scale.size, self._layout, side)
        _log.info("%s tiles of at most %s px", len(self._tiles), side)
        self._restart_step()

    def _restart_step(self) -> None:
        """Drop what is done of the current step, or of the measuring before the first, and repeat it."""
        self._sums: Sums | None = None
        self._tiles_done = 0
        self._work = self._tile_by_tile()

    @property
    def pixels(self) -> Array:
        """(H, W, 3) float32, the result so far."""
        return self._adam.picture

    @property
    def steps(self) -> float:
        """The number of steps made at this scale, including the part of the current one that is done."""
        return len(self.loss_history) + self._tiles_done / len(self._tiles)

    @property
    def done(self) -> bool:
        """Whether the scale has made all its steps, or they no longer lower the loss enough."""
        return is_done(self._scale.limits, self.loss_history)

    def retarget(self, recipe: Recipe) -> None:
        """Take the losses' weights and the mix of styles from a changed recipe."""
        self._recipe = recipe
        self._rematch = True
        self.loss_history = [math.inf] * len(self.loss_history)

    def read_losses(self) -> None:
        """Do nothing, since no loss waits on an accelerator to be read."""

    def step(self) -> bool:
        """Do one tile's work.

        Returns:
            Whether that completed a step.

        Raises:
            PaintingError: there is not enough memory for even the smallest tile.
        """
        steps = len(self.loss_history)
        try:
            next(self._work)
        except (tf.errors.ResourceExhaustedError, MemoryError) as exc:
            self._reduce_tiles(exc)
        return len(self.loss_history) > steps

    def _reduce_tiles(self, reason: Exception) -> None:
        """Restart the current step with smaller tiles."""
        smaller = [side for side in TILE_SIDES if side < self.side]
        if not smaller:
            raise PaintingError(
                "There is not enough memory to paint even small tiles; choose a smaller size.",
                code="out-of-memory",
            ) from reason
        _log.warning("memory ran short: tiles of at most %s px from here on", smaller[0])
        self.reduced_tile_px = smaller[0]
        self._cut_into_tiles(smaller[0])

    def _tile_by_tile(self) -> Iterator[None]:
        """Measure and make steps without end; pause after each tile."""
        if not self._sources_measured:
            yield from self._sources.measure(self._tiles)
            self._sources_measured = True
        while True:
            yield from self._match()
            if self._sums is None:
                yield from self._measure_sums()
            yield from self._one_step()

    def _match(self) -> Iterator[None]:
        """Match where a loss is due to, or after a change of the recipe."""
        step = len(self.loss_history)
        due = self._sources.due(step, self._scale.limits) if step > self._matched_step else []
        names = list(self._sources.matching) if self._rematch else due
        self._rematch, self._matched_step = False, step
        for name in names:
            self._matches[name] = yield from self._sources.match_tiles(
                name, self._recipe, self._adam.picture, self._tiles
            )

    def _measure_sums(self) -> Iterator[None]:
        targets, sums = self._sources.targets(self._recipe, self._matches), dict[str, Any]()
        for tile in self._tiles:
            sums = added(sums, self._objective.sums(self._adam.iterate, tile, targets))
            yield
        self._sums = sums

    def _one_step(self) -> Iterator[None]:
        picture, targets = self._adam.iterate, self._sources.targets(self._recipe, self._matches)
        by_sums = total_gradient(self._sums or {}, targets).by_sums
        gradient, sums = np.zeros_like(picture), dict[str, Any]()
        for number, tile in enumerate(self._tiles, start=1):
            tile_gradient = self._objective.tile_gradient(picture, tile, targets, by_sums)
            rows, columns = tile.outer.slices
            gradient[rows, columns] += tile_gradient.gradient
            sums = added(sums, tile_gradient.sums)
            if number < len(self._tiles):
                self._tiles_done = number
                yield
        self.evaluations += 1
        self._tiles_done = 0
        values, total, _ = total_gradient(sums, targets)
        content, style = targets.content_and_style(values, self._recipe)
        self._end_step(content, style, total, gradient, sums)
        yield

    def _end_step(self, content: float, style: float, total: float, gradient: Array, sums: Sums) -> None:
        """Move the picture, or roll it back if a number is not finite."""
        self.losses.append((content, style, total))
        self.loss_history.append(total)
        if math.isfinite(total) and np.isfinite(gradient).all():
            self._adam.step(gradient)
            self._sums = sums
            return
        self._divergence.record(len(self.loss_history))
        self._rate *= 0.3
        self._adam = InPlaceAdam(self._adam.picture, rate=self._rate)
        self.loss_history = [math.inf] * len(self.loss_history)
        self._restart_step()
