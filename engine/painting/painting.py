"""A painting as a resumable process: begin, advance, steer, checkpoint, resume.

Gatys, Ecker & Bethge 2015, "A Neural Algorithm of Artistic Style",
arXiv:1508.06576, from coarse to fine as Gatys et al. 2017, arXiv:1611.07865,
section 6: each scale starts from the enlarged picture of the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from engine.losses.weights import balance
from engine.optimize.interface import OptimizerState
from engine.optimize.schedule import progress
from engine.painting.checkpoint import MOST_REMEMBERED_PIXELS, Checkpoint, Loss
from engine.painting.inputs import Studio
from engine.painting.scale_run import Stage
from engine.painting.start import enlarged, first_picture
from engine.prints.scale_run import TiledStage
from engine.recipe import Recipe, knobs
from engine.recipe.history import Change, Making
from engine.recipe.scales import Scale, plan
from engine.recipe.sizes import is_large

__all__ = ["Change", "Checkpoint", "Frame", "Making", "Painting"]


@dataclass(frozen=True)
class Frame:
    """What one unit of work led to.

    Attributes:
        step: all steps so far.
        progress: the share of the work that is done, in [0, 1].
        scale: the present picture's (height, width).
        made_do: the pixels of a tile's side where memory ran short, and tiles became smaller; else None.
    """

    step: int
    progress: float
    scale: tuple[int, int]
    made_do: int | None = None


class Painting:
    """One picture being painted; make one with `begin` or `resume`.

    Attributes:
        recipe: as it stands, with the changes so far.
        changes: the log of them.
        step: all steps so far.
    """

    def __init__(self, studio: Studio, at: Checkpoint, due: Making | None = None) -> None:
        self._studio = studio
        self._scales = plan(at.recipe, _size(studio.content))
        if not _fits(at, self._scales):
            raise CheckpointError("This checkpoint is of another photo or size; start the painting again.")
        self._index = at.scale
        self._scale_done = at.scale_done
        self._due_changes = sorted(due.changes, key=lambda change: change.step) if due else []
        self._due_resumed = set(due.resumed) if due else set()
        self._begun = at.begun or at.recipe
        self._resumed = at.resumed
        self._evaluations_before = 0
        self.recipe = at.recipe
        self.changes = at.changes
        self.step = at.step
        self._go_on_from(at)

    def _go_on_from(self, at: Checkpoint) -> None:
        self._at = at
        self._stage: Stage | TiledStage | None = None
        self._losses_before = at.losses
        if at.history and not at.scale_done and at.optimizer is None and self.step not in self._resumed:
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
        log: Making | None = None,
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
            log: of an earlier painting by this recipe: what happened to it happens
                again, at the same steps.
            scratch: a folder on disk for a print's features, which would be
                gigabytes of memory; None is the system's for temporary files.

        Raises:
            ImageError: a picture is unfit for its part.
            MaskError: a mask has another shape or covers nothing.
            RecipeError: the recipe does not fit the number of styles.
            WeightsError: the recipe names a layer that the network lacks.
        """
        studio = Studio.of(
            content, styles, recipe, backbone, masks=masks, content_mask=content_mask, scratch=scratch
        )
        size = plan(recipe, _size(studio.content))[0].size
        picture = first_picture(recipe, resize(studio.content, size), start_image, studio.styles)
        return cls(studio, Checkpoint(recipe=recipe, picture=picture), log)

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
        studio = Studio.of(
            content,
            styles,
            checkpoint.recipe,
            backbone,
            masks=masks,
            content_mask=content_mask,
            scratch=scratch,
        )
        return cls(studio, checkpoint)

    @property
    def finished(self) -> bool:
        """Whether the finest scale has had its steps."""
        return self._scale_done and self._index == len(self._scales) - 1

    @property
    def progress(self) -> float:
        """The share of the work that is done, in [0, 1]; it never falls."""
        if self._scale_done:
            return progress(self._scales, self._index + 1, 0)
        steps = len(self._at.history) if self._stage is None else self._stage.steps
        return progress(self._scales, self._index, steps)

    @property
    def losses(self) -> list[Loss]:
        """(step, content, style, total) after each step; content and style unweighted."""
        if self._stage is None:
            return list(self._losses_before)
        self._stage.read_losses()
        first = self.step - len(self._stage.losses) + 1
        return [*self._losses_before, *((first + i, *loss) for i, loss in enumerate(self._stage.losses))]

    @property
    def evaluations(self) -> int:
        """How often this process has evaluated the losses so far: at least once a step."""
        return self._evaluations_before + (0 if self._stage is None else self._stage.evaluations)

    def advance(self) -> Frame:
        """Do one unit of work, at the next scale where the present one is done.

        That is a step; or where the picture is large, one tile's part of it.
        """
        if not self.finished:
            self._replay()
            if self._scale_done:
                self._go_finer()
            stage = self._stage or self._set_up()
            self.step += stage.step()
            self._scale_done = stage.done
            self._replay()
        made_do = self._stage.made_do if isinstance(self._stage, TiledStage) else None
        return Frame(self.step, self.progress, self._scales[self._index].size, made_do)

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
        mixes = style_mix(steered, len(self._studio.styles)) != style_mix(
            self.recipe, len(self._studio.styles)
        )
        aims = bool(mixes.any()) or balance(steered) != balance(self.recipe)
        self.recipe = steered
        self.changes = (*self.changes, Change(self.step, values))
        if aims and (self._stage is not None or self._at.optimizer is not None):
            (self._stage or self._set_up()).aim(steered)

    def _replay(self) -> None:
        """Let happen what the log says of this step."""
        if self.step in self._due_resumed and self._stage is not None:
            self._due_resumed.remove(self.step)
            self._evaluations_before = self.evaluations
            self._go_on_from(self.checkpoint().forgetting())
        while self._due_changes and self._due_changes[0].step <= self.step:
            self.steer(self.recipe.changed(**self._due_changes.pop(0).values))

    @property
    def making(self) -> Making:
        """The log so far, from which the same picture can be painted again."""
        return Making(
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
        photo = resize(self._studio.content, _size(picture))
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
            history=tuple(self._history),
            losses=losses,
            curvature=self._curvature,
            optimizer=self._optimizer_state,
            begun=self._begun,
            resumed=self._resumed,
        )

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        if self._scale_done or np.prod(self._scales[self._index].size) > MOST_REMEMBERED_PIXELS:
            return None
        return self._at.optimizer if self._stage is None else self._stage.state

    @property
    def _history(self) -> Sequence[float]:
        if self._stage is None:
            return self._at.history
        self._stage.read_losses()
        return self._stage.history

    @property
    def _curvature(self) -> float | None:
        return self._at.curvature if self._stage is None else self._stage.curvature

    def _raw(self) -> Array:
        if self._stage is None:
            return self._at.picture
        return self._stage.pixels

    def _go_finer(self) -> None:
        """Enlarge the picture for the next scale, and take what the optimizer learned along."""
        now, finer = self._scales[self._index], self._scales[self._index + 1]
        picture, curvature = self._raw(), self._curvature
        pixels = np.prod(finer.size) / np.prod(now.size)
        self._losses_before = tuple(self.losses)
        self._evaluations_before = self.evaluations
        self._index += 1
        self._scale_done = False
        self._stage = None
        self._at = Checkpoint(
            recipe=self.recipe,
            picture=enlarged(picture, finer.size, self._studio.content, self.recipe),
            # Losses are means over pixels: the more there are, the flatter each is. To Adam, whose
            # gradients are large again after enlarging, the old ones' size is of no use.
            curvature=curvature * float(pixels) if curvature and self.recipe.optimizer == "lbfgs" else None,
        )

    def _set_up(self) -> Stage | TiledStage:
        scale = self._scales[self._index]
        self._stage = self._large_stage(scale) if is_large(scale.size) else self._whole_stage(scale)
        return self._stage

    def _large_stage(self, scale: Scale) -> TiledStage:
        sitters = self._studio.in_tiles(scale.size, self.recipe)
        stage = TiledStage(
            self._studio.backbone, sitters, scale, self.recipe, self._at.picture, history=self._at.history
        )
        # It has a copy; of a print, this one would be hundreds of megabytes that nobody looks at again.
        self._at = replace(self._at, picture=np.empty((0, 0, 3), np.float32))
        return stage

    def _whole_stage(self, scale: Scale) -> Stage:
        return Stage(
            objective_through(self._studio.backbone),
            self._studio.at(scale.size, self.recipe),
            scale,
            self.recipe,
            tf.constant(self._at.picture[None]),
            curvature=self._at.curvature,
            history=self._at.history,
            state=self._at.optimizer,
        )


def _size(picture: Array) -> tuple[int, int]:
    return picture.shape[0], picture.shape[1]


def _fits(at: Checkpoint, scales: Sequence[Scale]) -> bool:
    return 0 <= at.scale < len(scales) and scales[at.scale].size == _size(at.picture)
