"""A painting as a resumable process: begin, advance, steer, checkpoint, resume.

Gatys, Ecker & Bethge 2015, "A Neural Algorithm of Artistic Style",
arXiv:1508.06576, from coarse to fine as Gatys et al. 2017, arXiv:1611.07865,
section 6: each scale starts from the enlarged picture of the one before.
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
from engine.losses.objective import objective_through
from engine.losses.targets import style_mix
from engine.losses.weights import loss_weights
from engine.optimize.interface import OptimizerState
from engine.optimize.schedule import progress
from engine.painting.checkpoint import MOST_REMEMBERED_PIXELS, Checkpoint, Loss
from engine.painting.inputs import Inputs
from engine.painting.scale_run import ScaleRun
from engine.painting.start import StartDrafter, enlarged, first_picture
from engine.prints.scale_run import TiledScaleRun
from engine.recipe import Recipe, knobs
from engine.recipe.history import Change, History
from engine.recipe.scales import Scale, plan
from engine.recipe.sizes import needs_tiles

__all__ = ["Change", "Checkpoint", "History", "Painting", "StepReport"]


@dataclass(frozen=True)
class StepReport:
    """What one unit of work led to.

    Attributes:
        step: all steps so far.
        progress: the share of the work that is done, in [0, 1].
        scale: the present picture's (height, width).
        reduced_tile_px: the side of the tiles, in pixels, once memory ran short; else None.
    """

    step: int
    progress: float
    scale: tuple[int, int]
    reduced_tile_px: int | None = None


class Painting:
    """One picture being painted; make one with `begin` or `resume`.

    Attributes:
        recipe: as it stands, with the changes so far.
        changes: the log of them.
        step: all steps so far.
    """

    def __init__(self, inputs: Inputs, at: Checkpoint, replay: History | None = None) -> None:
        self._inputs = inputs
        self._scales = plan(at.recipe, _size(inputs.content))
        if not _fits(at, self._scales):
            raise CheckpointError(
                "This checkpoint is of another photo or size; start the painting again.",
                code="checkpoint-other-photo",
            )
        self._index = at.scale
        self._scale_done = at.scale_done
        self._replay_changes = sorted(replay.changes, key=lambda change: change.step) if replay else []
        self._replay_resumed = set(replay.resumed) if replay else set()
        self._begun = at.begun or at.recipe
        self._resumed = at.resumed
        self._evaluations_before = 0
        self.recipe = at.recipe
        self.changes = at.changes
        self.step = at.step
        self._go_on_from(at)

    def _go_on_from(self, at: Checkpoint) -> None:
        self._at = at
        self._run: ScaleRun | TiledScaleRun | None = None
        self._losses_before = at.losses
        if at.loss_history and not at.scale_done and at.optimizer is None and self.step not in self._resumed:
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
            styles: one to four such pictures, at least 64 px each way.
            recipe: every other choice.
            backbone: the network to compare through.
            masks: for each style (h, w) in [0, 1] where it goes, or None.
            content_mask: (h, w) in [0, 1], how much the photo matters where.
            start_image: the picture to start from, where the recipe says "image".
            drafter: opens the networks that draft, where the recipe says "draft";
                usually `engine.feedforward.draft.built_in_drafter`.
            replay: the history of an earlier painting by this recipe: what happened to
                it happens again, at the same steps.
            scratch: a folder on disk for a print's features, which would be
                gigabytes of memory; None is the system's for temporary files.

        Raises:
            ImageError: a picture is unfit for its part.
            MaskError: a mask has another shape or covers nothing.
            RecipeError: the recipe does not fit the number of styles.
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
        scratch: Path | None = None,
    ) -> Painting:
        """Go on from a checkpoint, with the pictures that the painting was begun with.

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
        return cls(inputs, checkpoint)

    @property
    def finished(self) -> bool:
        """Whether the finest scale has had its steps."""
        return self._scale_done and self._index == len(self._scales) - 1

    @property
    def progress(self) -> float:
        """The share of the work that is done, in [0, 1]; it never falls."""
        if self._scale_done:
            return progress(self._scales, self._index + 1, 0)
        steps = len(self._at.loss_history) if self._run is None else self._run.steps
        return progress(self._scales, self._index, steps)

    @property
    def losses(self) -> list[Loss]:
        """(step, content, style, total) after each step; content and style unweighted."""
        if self._run is None:
            return list(self._losses_before)
        self._run.read_losses()
        first = self.step - len(self._run.losses) + 1
        return [*self._losses_before, *((first + i, *loss) for i, loss in enumerate(self._run.losses))]

    @property
    def evaluations(self) -> int:
        """How often this process has evaluated the losses so far: at least once a step."""
        return self._evaluations_before + (0 if self._run is None else self._run.evaluations)

    def advance(self) -> StepReport:
        """Do one unit of work, at the next scale where the present one is done.

        That is a step; or where the picture is large, one tile's part of it.
        """
        if not self.finished:
            self._replay_step()
            if self._scale_done:
                self._go_finer()
            run = self._run or self._set_up()
            self.step += run.step()
            self._scale_done = run.done
            self._replay_step()
        reduced_tile_px = self._run.reduced_tile_px if isinstance(self._run, TiledScaleRun) else None
        return StepReport(self.step, self.progress, self._scales[self._index].size, reduced_tile_px)

    def steer(self, recipe: Recipe) -> None:
        """Take the fields of a recipe that may change while painting, from the next step on.

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
        aims = bool(mixes.any()) or loss_weights(steered) != loss_weights(self.recipe)
        self.recipe = steered
        self.changes = (*self.changes, Change(self.step, values))
        if aims and (self._run is not None or self._at.optimizer is not None):
            (self._run or self._set_up()).retarget(steered)

    def _replay_step(self) -> None:
        """Let happen what the log says of this step."""
        if self.step in self._replay_resumed and self._run is not None:
            self._replay_resumed.remove(self.step)
            self._evaluations_before = self.evaluations
            self._go_on_from(self.checkpoint().forgetting())
        while self._replay_changes and self._replay_changes[0].step <= self.step:
            self.steer(self.recipe.changed(**self._replay_changes.pop(0).values))

    @property
    def history(self) -> History:
        """The log so far, from which the same picture can be painted again."""
        return History(
            begun=self._begun,
            changes=self.changes,
            resumed=self._resumed,
            stopped=None if self.finished else self.step,
        )

    def picture(self) -> Array:
        """Return the present picture, with the photo's colours brought back as the recipe says.

        Returns:
            (h, w, 3) float32 RGB in [0, 1], of the present scale's size.
        """
        picture = self._raw()
        photo = resize(self._inputs.content, _size(picture))
        return keep_colours(picture, photo, self.recipe.colour_method, self.recipe.keep_colours / 100)

    def checkpoint(self) -> Checkpoint:
        """Return where the painting stands."""
        losses = tuple(self.losses)
        return Checkpoint(
            recipe=self.recipe,
            changes=self.changes,
            picture=self._raw(),
            scale=self._index,
            scale_done=self._scale_done,
            step=self.step,
            loss_history=tuple(self._loss_history),
            losses=losses,
            step_scale=self._step_scale,
            optimizer=self._optimizer_state,
            begun=self._begun,
            resumed=self._resumed,
        )

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        if self._scale_done or np.prod(self._scales[self._index].size) > MOST_REMEMBERED_PIXELS:
            return None
        return self._at.optimizer if self._run is None else self._run.state

    @property
    def _loss_history(self) -> Sequence[float]:
        if self._run is None:
            return self._at.loss_history
        self._run.read_losses()
        return self._run.loss_history

    @property
    def _step_scale(self) -> float | None:
        return self._at.step_scale if self._run is None else self._run.step_scale

    def _raw(self) -> Array:
        if self._run is None:
            return self._at.picture
        return self._run.pixels

    def _go_finer(self) -> None:
        """Enlarge the picture for the next scale, and take what the optimizer learned along."""
        now, finer = self._scales[self._index], self._scales[self._index + 1]
        picture, step_scale = self._raw(), self._step_scale
        pixels = np.prod(finer.size) / np.prod(now.size)
        self._losses_before = tuple(self.losses)
        self._evaluations_before = self.evaluations
        self._index += 1
        self._scale_done = False
        self._run = None
        self._at = Checkpoint(
            recipe=self.recipe,
            picture=enlarged(picture, finer.size, self._inputs.content, self.recipe),
            # Losses are means over pixels: the more there are, the flatter each is. To Adam, whose
            # gradients are large again after enlarging, the old ones' size is of no use.
            step_scale=step_scale * float(pixels)
            if step_scale and self.recipe.optimizer == "lbfgs"
            else None,
        )

    def _set_up(self) -> ScaleRun | TiledScaleRun:
        scale = self._scales[self._index]
        self._run = self._tiled_run(scale) if needs_tiles(scale.size) else self._whole_run(scale)
        return self._run

    def _tiled_run(self, scale: Scale) -> TiledScaleRun:
        sources = self._inputs.in_tiles(scale.size, self.recipe)
        run = TiledScaleRun(
            self._inputs.backbone,
            sources,
            scale,
            self.recipe,
            self._at.picture,
            loss_history=self._at.loss_history,
        )
        # It has a copy; of a print, this one would be hundreds of megabytes that nobody looks at again.
        self._at = replace(self._at, picture=np.empty((0, 0, 3), np.float32))
        return run

    def _whole_run(self, scale: Scale) -> ScaleRun:
        return ScaleRun(
            objective_through(self._inputs.backbone),
            self._inputs.at(scale.size, self.recipe),
            scale,
            self.recipe,
            tf.constant(self._at.picture[None]),
            step_scale=self._at.step_scale,
            loss_history=self._at.loss_history,
            state=self._at.optimizer,
        )


def _size(picture: Array) -> tuple[int, int]:
    return picture.shape[0], picture.shape[1]


def _fits(at: Checkpoint, scales: Sequence[Scale]) -> bool:
    return 0 <= at.scale < len(scales) and scales[at.scale].size == _size(at.picture)
