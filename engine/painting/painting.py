"""A painting as a resumable process: begin, advance, steer, checkpoint, resume.

Gatys, Ecker & Bethge 2015, "A Neural Algorithm of Artistic Style",
arXiv:1508.06576, from coarse to fine as in Gatys et al. 2017, arXiv:1611.07865,
section 6: each scale starts from the enlarged picture of the scale before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.errors import CheckpointError
from engine.imaging.colour import keep_colours
from engine.imaging.images import resize
from engine.losses.loss import active_losses
from engine.losses.objective import objective_for
from engine.losses.regions import style_mix
from engine.losses.weights import loss_weights
from engine.optimize.interface import OptimizerState
from engine.optimize.schedule import progress
from engine.painting.checkpoint import MAX_OPTIMIZER_STATE_PIXELS, Checkpoint, LossRow
from engine.painting.inputs import Inputs
from engine.painting.scale_run import ScaleRun
from engine.painting.start import StartDrafter, enlarge, first_picture
from engine.prints.scale_run import TiledScaleRun
from engine.recipe import Recipe, knobs
from engine.recipe.history import History, RecipeChange
from engine.recipe.scales import Scale, plan
from engine.recipe.sizes import needs_tiles

__all__ = ["Checkpoint", "History", "Painting", "RecipeChange", "StepReport"]


@dataclass(frozen=True)
class StepReport:
    """The state of a painting after one unit of work.

    Attributes:
        step: the number of steps so far.
        progress: the share of the work that is done, in [0, 1].
        scale: the (height, width) of the current picture.
        reduced_tile_px: the side of the tiles, in pixels, if it was reduced for want of memory; else None.
    """

    step: int
    progress: float
    scale: tuple[int, int]
    reduced_tile_px: int | None = None


class Painting:
    """One picture that is being painted; make one with `begin` or `resume`.

    Attributes:
        recipe: with the changes so far.
        changes: the log of the recipe's changes, in order.
        step: the number of steps so far.
    """

    def __init__(self, inputs: Inputs, checkpoint: Checkpoint, replay: History | None = None) -> None:
        self._inputs = inputs
        self._scales = plan(checkpoint.recipe, _size(inputs.content))
        if not _fits(checkpoint, self._scales):
            raise CheckpointError(
                "This checkpoint is of another photo or size; start the painting again.",
                code="checkpoint-other-photo",
            )
        self._index = checkpoint.scale
        self._scale_done = checkpoint.scale_done
        self._replay_changes = sorted(replay.changes, key=lambda change: change.step) if replay else []
        self._replay_resumed = set(replay.resumed) if replay else set()
        self._initial_recipe = checkpoint.initial_recipe or checkpoint.recipe
        self._resumed = checkpoint.resumed
        self._earlier_evaluations = 0
        self.recipe = checkpoint.recipe
        self.changes = checkpoint.changes
        self.step = checkpoint.step
        self._resume_from(checkpoint)

    def _resume_from(self, checkpoint: Checkpoint) -> None:
        # The start of the current scale; its run is set up when it is first needed.
        self._scale_start = checkpoint
        self._run: ScaleRun | TiledScaleRun | None = None
        self._earlier_losses = checkpoint.losses
        optimizer_lost = (
            checkpoint.optimizer is None and checkpoint.loss_history and not checkpoint.scale_done
        )
        if optimizer_lost and self.step not in self._resumed:
            self._resumed = (*self._resumed, self.step)

    @classmethod
    def begin(
        cls,
        content: Array,
        styles: Sequence[Array],
        recipe: Recipe,
        *,
        backbone: Backbone,
        masks: Sequence[Array | None] = (),
        content_mask: Array | None = None,
        start_image: Array | None = None,
        drafter: Callable[[], StartDrafter] | None = None,
        replay: History | None = None,
        scratch: Path | None = None,
    ) -> Painting:
        """Begin a painting.

        Args:
            content: (H, W, 3) float32 RGB in [0, 1] at any size; it is resized.
            styles: one to four pictures like that, at least 64 px each way.
            recipe: every other choice.
            backbone: the network whose features are compared.
            masks: for each style, where it goes, (h, w) in [0, 1], or None.
            content_mask: how much the photo matters in each place, (h, w) in [0, 1].
            start_image: the picture to start from, if the recipe starts from "image".
            drafter: opens the networks that draft, if the recipe starts from "draft";
                usually `engine.feedforward.draft.built_in_drafter`.
            replay: the history of an earlier painting by this recipe, whose changes
                and interruptions are repeated at the same steps.
            scratch: a folder on disk for a print's features, which would take
                gigabytes of memory; None is the system's for temporary files.

        Raises:
            ImageError: a picture is missing, too small or not a valid array.
            MaskError: a mask has another shape or covers nothing.
            RecipeError: the recipe does not fit the number of styles or masks.
            WeightsError: the recipe names a layer that the network lacks.
        """
        inputs = Inputs.of(
            content, styles, recipe, backbone, masks=masks, content_mask=content_mask, scratch=scratch
        )
        size = plan(recipe, _size(inputs.content))[0].size
        picture = first_picture(recipe, resize(inputs.content, size), start_image, inputs.styles, drafter)
        return cls(inputs, Checkpoint(recipe=recipe, picture=picture), replay)

    @classmethod
    def resume(
        cls,
        checkpoint: Checkpoint,
        content: Array,
        styles: Sequence[Array],
        *,
        backbone: Backbone,
        masks: Sequence[Array | None] = (),
        content_mask: Array | None = None,
        replay: History | None = None,
        scratch: Path | None = None,
    ) -> Painting:
        """Go on from a checkpoint, with the same pictures (and history) that it began with.

        Raises:
            CheckpointError: it does not belong to this photo.
            PasticheError: as in `begin`.
        """
        inputs = Inputs.of(
            content,
            styles,
            checkpoint.recipe,
            backbone,
            masks=masks,
            content_mask=content_mask,
            scratch=scratch,
        )
        return cls(inputs, checkpoint, replay.after(checkpoint.step) if replay else None)

    @property
    def finished(self) -> bool:
        """Whether the finest scale has had its steps."""
        return self._scale_done and self._index == len(self._scales) - 1

    @property
    def progress(self) -> float:
        """The share of the work that is done, in [0, 1]; it never falls."""
        if self._scale_done:
            return progress(self._scales, self._index + 1, 0)
        steps = len(self._scale_start.loss_history) if self._run is None else self._run.steps
        return progress(self._scales, self._index, steps)

    @property
    def losses(self) -> list[LossRow]:
        """(step, content, style, total) after each step; content and style unweighted."""
        if self._run is None:
            return list(self._earlier_losses)
        self._run.read_losses()
        first = self.step - len(self._run.losses) + 1
        return [*self._earlier_losses, *((first + i, *loss) for i, loss in enumerate(self._run.losses))]

    @property
    def evaluations(self) -> int:
        """How often this process has evaluated the losses so far: at least once a step."""
        return self._earlier_evaluations + (0 if self._run is None else self._run.evaluations)

    def advance(self) -> StepReport:
        """Do one unit of work, at the next scale if the current one is done.

        A unit is one step or, for a large picture, one tile's part of a step.
        """
        if not self.finished:
            self._replay_step()
            if self._scale_done:
                self._start_next_scale()
            run = self._run or self._set_up_run()
            self.step += run.step()
            self._scale_done = run.done
            self._replay_step()
        reduced_tile_px = self._run.reduced_tile_px if isinstance(self._run, TiledScaleRun) else None
        return StepReport(self.step, self.progress, self._scales[self._index].size, reduced_tile_px)

    def steer(self, recipe: Recipe) -> None:
        """Change the steerable fields of the recipe from the next step on; other fields are ignored.

        Raises:
            RecipeError: the changes do not fit this painting; nothing is changed.
        """
        steerable = {name: getattr(recipe, name) for name, knob in knobs().items() if knob.steerable}
        steered = self.recipe.changed(**steerable)
        values = self.recipe.differences(steered)
        if not values or self.finished:
            return
        mixes = style_mix(steered, len(self._inputs.styles)) != style_mix(
            self.recipe, len(self._inputs.styles)
        )
        before, after = (loss_weights(recipe, active_losses(recipe)) for recipe in (self.recipe, steered))
        objective_changes = bool(mixes.any()) or before != after
        self.recipe = steered
        self.changes = (*self.changes, RecipeChange(self.step, values))
        if objective_changes and (self._run is not None or self._scale_start.optimizer is not None):
            (self._run or self._set_up_run()).retarget(steered)

    def _replay_step(self) -> None:
        """Repeat the interruption and the changes that the replayed history has at this step."""
        if self.step in self._replay_resumed and self._run is not None:
            self._replay_resumed.remove(self.step)
            self._earlier_evaluations = self.evaluations
            self._resume_from(self.checkpoint().without_optimizer_state())
        while self._replay_changes and self._replay_changes[0].step <= self.step:
            self.steer(self.recipe.changed(**self._replay_changes.pop(0).values))

    @property
    def history(self) -> History:
        """The log so far, from which the same picture can be painted again."""
        return History(
            initial_recipe=self._initial_recipe,
            changes=self.changes,
            resumed=self._resumed,
            stopped=None if self.finished else self.step,
        )

    def picture(self) -> Array:
        """Return the current picture, with as much of the photo's colours as the recipe keeps.

        Returns:
            (h, w, 3) float32 RGB in [0, 1], of the current scale's size.
        """
        picture = self._painted()
        photo = resize(self._inputs.content, _size(picture))
        return keep_colours(picture, photo, self.recipe.colour_method, self.recipe.keep_colours / 100)

    def checkpoint(self) -> Checkpoint:
        """Return the state of the painting, to resume it from."""
        losses = tuple(self.losses)
        return Checkpoint(
            recipe=self.recipe,
            changes=self.changes,
            picture=self._painted(),
            scale=self._index,
            scale_done=self._scale_done,
            step=self.step,
            loss_history=tuple(self._loss_history),
            losses=losses,
            step_scale=self._step_scale,
            optimizer=self._optimizer_state,
            initial_recipe=self._initial_recipe,
            resumed=self._resumed,
        ).finite()

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        if self._scale_done or np.prod(self._scales[self._index].size) > MAX_OPTIMIZER_STATE_PIXELS:
            return None
        return self._scale_start.optimizer if self._run is None else self._run.state

    @property
    def _loss_history(self) -> Sequence[float]:
        if self._run is None:
            return self._scale_start.loss_history
        self._run.read_losses()
        return self._run.loss_history

    @property
    def _step_scale(self) -> float | None:
        return self._scale_start.step_scale if self._run is None else self._run.step_scale

    def _painted(self) -> Array:
        """Return the current picture in the painting's own colours."""
        if self._run is None:
            return self._scale_start.picture
        return self._run.pixels

    def _start_next_scale(self) -> None:
        """Enlarge the picture for the next scale, and keep the step scale that L-BFGS has learned."""
        current, finer = self._scales[self._index], self._scales[self._index + 1]
        picture, step_scale = self._painted(), self._step_scale
        pixel_ratio = np.prod(finer.size) / np.prod(current.size)
        self._earlier_losses = tuple(self.losses)
        self._earlier_evaluations = self.evaluations
        self._index += 1
        self._scale_done = False
        self._run = None
        self._scale_start = Checkpoint(
            recipe=self.recipe,
            picture=enlarge(picture, finer.size, self._inputs.content, self.recipe),
            # Losses are means over pixels, so each pixel's gradient shrinks as their number grows.
            # Adam has no use for the size of its old gradients, as they are large again after enlarging.
            step_scale=step_scale * float(pixel_ratio)
            if step_scale and self.recipe.optimizer == "lbfgs"
            else None,
        )

    def _set_up_run(self) -> ScaleRun | TiledScaleRun:
        scale = self._scales[self._index]
        self._run = self._tiled_run(scale) if needs_tiles(scale.size) else self._whole_run(scale)
        return self._run

    def _tiled_run(self, scale: Scale) -> TiledScaleRun:
        sources = self._inputs.tiled_source_features(scale.size, self.recipe)
        run = TiledScaleRun(
            self._inputs.backbone,
            sources,
            scale,
            self.recipe,
            self._scale_start.picture,
            loss_history=self._scale_start.loss_history,
        )
        # The run has its own copy; a print's would waste hundreds of megabytes here.
        self._scale_start = replace(self._scale_start, picture=np.empty((0, 0, 3), np.float32))
        return run

    def _whole_run(self, scale: Scale) -> ScaleRun:
        return ScaleRun(
            objective_for(self._inputs.backbone),
            self._inputs.source_features(scale.size, self.recipe),
            scale,
            self.recipe,
            tf.constant(self._scale_start.picture[None]),
            step_scale=self._scale_start.step_scale,
            loss_history=self._scale_start.loss_history,
            state=self._scale_start.optimizer,
        )


def _size(picture: Array) -> tuple[int, int]:
    return picture.shape[0], picture.shape[1]


def _fits(checkpoint: Checkpoint, scales: Sequence[Scale]) -> bool:
    return 0 <= checkpoint.scale < len(scales) and scales[checkpoint.scale].size == _size(checkpoint.picture)
