"""One attempt at one job, from claim to result or hand-over."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from engine import images
from engine.errors import CheckpointError, PasticheError, RecipeError
from jobs.job import Claim, Result, Status, Wishes
from jobs.live import Progress
from jobs.media import MediaError, MissingError
from jobs.store import STARTING_PATIENCE_S
from worker import pictures
from worker.film import Film
from worker.ledger import Ledger, device_name
from worker.pace import Pace

if TYPE_CHECKING:
    from engine.backbones import Backbone
    from engine.painting import Checkpoint, Frame, Painting
    from worker.easel import Easel

BEAT_S = 0.2
"""Steps quicker than this share a heartbeat."""
PREVIEW_S = 0.7
PREVIEW_SHARE = 0.1
"""Previews are rarer where they would take more than this share of the time."""
CHECKPOINT_S = 5.0
SHOWN_LOSSES = 120

_log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """The job was cancelled, deleted or given to another worker."""


class Sitting:
    """Paints one claimed job; what it writes counts only under its token."""

    def __init__(self, easel: Easel, claim: Claim) -> None:
        self.job = claim.job
        self.token = claim.token
        self._checkpoint_key = claim.checkpoint_key
        self._easel = easel
        self._clock = easel.clock
        self._pace = Pace()
        self._began_at = self._heard_at = self._clock()
        self._beat_at = self._shown_at = float("-inf")
        self._kept_at = self._began_at
        self._show_every_s = PREVIEW_S
        self._wishes = Wishes(live=True)
        self._preview: bytes | None = None
        self._ledger = Ledger(self._clock)
        # What was changed before the claim may not be in the checkpoint yet.
        self._version = -1 if claim.checkpoint_key else claim.job.recipe_version

    def paint(self) -> str:
        """Paint until the picture is finished, or enough, or is handed over.

        Returns:
            What became of the job, for the log.

        Raises:
            LeaseLostError: the job is no longer this worker's.
            PasticheError: it cannot be painted; the sentence says why.
        """
        painting = self._set_up()
        if painting is None:
            return self._hand_over(None)
        self._film = Film(self._easel, self.job, self.token)
        while not painting.finished:
            wishes = self._listen(painting)
            if wishes.stop:
                return self._finish(painting, Status.STOPPED)
            if wishes.pause or self._easel.leaving():
                return self._hand_over(painting)
            painting = self._steer(painting, wishes)
            frame = self._advance(painting)
            self._show(painting, frame)
            if stale := self._film.keep(painting, frame):
                self._take_back([stale])
            self._ledger.note(frame.scale)
            if self._clock() - self._kept_at >= CHECKPOINT_S:
                self._keep(painting)
        return self._finish(painting, Status.FINISHED)

    def _set_up(self) -> Painting | None:
        """Fetch the pictures, load the network, begin or resume; None to hand over instead.

        Each part may take many seconds, so a heartbeat stands between them.
        """
        job = self.job
        originals = self._originals = pictures.fetch(self._easel.media, job)
        self._say_loading()
        if self._is_unwanted():
            return None
        backbone = self._backbone = self._easel.backbone(job.recipe)
        if self._is_unwanted(backbone.name):
            return None
        painting = self._resumed(backbone)
        if painting is None:
            from engine.painting import Painting  # noqa: PLC0415  (TensorFlow, in the child only)

            painting = Painting.begin(
                originals.content.rgb,
                originals.styles,
                job.recipe,
                backbone=backbone,
                masks=originals.masks,
                content_mask=originals.content_mask,
                start_image=originals.start,
            )
            rates = self._easel.store.rates(device_name())
            self._ledger.expect(job.recipe, originals.content.size, rates)
        self._pace.begin(painting.progress)
        self._began_at = self._kept_at = self._clock()
        return painting

    def _resumed(self, backbone: Backbone) -> Painting | None:
        """Go on from the checkpoint; None where there is none that can be used."""
        from engine.painting import Checkpoint  # noqa: PLC0415  (TensorFlow, in the child only)

        if self._checkpoint_key is None:
            return None
        try:
            checkpoint = Checkpoint.from_bytes(self._easel.media.get(self._checkpoint_key))
            return self._go_on(checkpoint, backbone)
        except (CheckpointError, MissingError) as exc:
            _log.warning("begins anew, as its checkpoint is of no use", reason=str(exc))
            return None

    def _go_on(self, checkpoint: Checkpoint, backbone: Backbone) -> Painting:
        from engine.painting import Painting  # noqa: PLC0415  (TensorFlow, in the child only)

        originals = self._originals
        return Painting.resume(
            checkpoint,
            originals.content.rgb,
            originals.styles,
            backbone=backbone,
            masks=originals.masks,
            content_mask=originals.content_mask,
        )

    def _is_unwanted(self, backbone: str | None = None) -> bool:
        """Beat before a part that takes long, and say whether to go no further."""
        wishes = self._beat(self.job.step, self.job.progress, STARTING_PATIENCE_S, backbone)
        return wishes.pause or self._easel.leaving()

    def _listen(self, painting: Painting) -> Wishes:
        """Return the owner's newest wishes, beating if that is due."""
        if self._clock() - self._beat_at < BEAT_S:
            return self._wishes
        first = self._pace.longest_step_s == 0
        patience_s = STARTING_PATIENCE_S if first else self._pace.patience_s(self._easel.settings.lease_s)
        return self._beat(painting.step, painting.progress, patience_s)

    def _beat(self, step: int, progress: float, patience_s: float, backbone: str | None = None) -> Wishes:
        self._beat_at = self._clock()
        try:
            self._wishes = self._easel.store.heartbeat(
                self.job.id,
                self.token,
                step=step,
                progress=progress,
                patience_s=patience_s,
                backbone=backbone,
            )
        except OperationalError as exc:
            # A database that is locked for a while costs nothing as long as the lease lasts.
            if self._clock() - self._heard_at > self._easel.settings.lease_s:
                raise
            _log.warning("no heartbeat could be written", error=str(exc.orig))
            return self._wishes
        self._heard_at = self._clock()
        if not self._wishes.live:
            raise LeaseLostError
        return self._wishes

    def _steer(self, painting: Painting, wishes: Wishes) -> Painting:
        """Take over what was changed since the job was claimed or last heard of."""
        if wishes.recipe is None or wishes.version == self._version:
            return painting
        self._version = wishes.version
        self._ledger.disturbed = True
        painting = self._take_masks(painting)
        try:
            painting.steer(wishes.recipe)
        except RecipeError as exc:
            _log.warning("could not be steered", reason=str(exc))
        return painting

    def _take_masks(self, painting: Painting) -> Painting:
        """Go on with other masks, if they are others; what they are part of is measured anew."""
        job = self._easel.store.job(self.job.id)
        if job is None or job.masks == self.job.masks:
            return painting
        before, self.job = self._originals, dataclasses.replace(self.job, masks=job.masks)
        try:
            masks, _ = pictures.fetch_masks(self._easel.media, job)
            self._originals = dataclasses.replace(before, masks=masks)
            return self._go_on(painting.checkpoint(), self._backbone)
        except PasticheError as exc:
            _log.warning("the masks could not be changed", reason=str(exc))
            self._originals = before
            return painting

    def _advance(self, painting: Painting) -> Frame:
        began_at = self._clock()
        frame = painting.advance()
        self._pace.note(scale=frame.scale, progress=frame.progress, seconds=self._clock() - began_at)
        return frame

    def _say_loading(self) -> None:
        progress = Progress(
            step=self.job.step, progress=self.job.progress, seconds_left=None, size=(0, 0), phase="loading"
        )
        self._easel.live.publish(self.job.id, progress)

    def _show(self, painting: Painting, frame: Frame) -> None:
        """Publish progress and a preview, if that is due."""
        now = self._clock()
        if now - self._shown_at < self._show_every_s:
            return
        self._shown_at = now
        self._preview = pictures.preview(painting.picture())
        progress = Progress(
            step=frame.step,
            progress=frame.progress,
            seconds_left=self._pace.seconds_left(),
            size=frame.scale,
            losses=tuple(painting.losses[-SHOWN_LOSSES:]),
        )
        self._easel.live.publish(self.job.id, progress, self._preview, time.time_ns() // 1_000_000)
        self._show_every_s = max(PREVIEW_S, (self._clock() - now) / PREVIEW_SHARE)

    def _keep(self, painting: Painting) -> None:
        """Store a checkpoint, and the newest preview with it.

        Raises:
            LeaseLostError: it does not count; then it is deleted again.
        """
        key = self._key(f"checkpoint-{painting.step}.npz")
        written = {key: painting.checkpoint().to_bytes()}
        frame_key = None
        if self._preview is not None:
            frame_key = self._key(f"frame-{painting.step}.jpg")
            written[frame_key] = self._preview
        self._put(written)
        counts = self._easel.store.keep_checkpoint(
            self.job.id,
            self.token,
            key,
            painting.step,
            painted_s=self._painted_s(),
            frame_key=frame_key,
        )
        if not counts:
            self._take_back(list(written))
        self._kept_at = self._clock()

    def _finish(self, painting: Painting, status: Status) -> str:
        """Store the result and let it count.

        Raises:
            LeaseLostError: it does not count; then it is deleted again.
        """
        self._beat(painting.step, painting.progress, STARTING_PATIENCE_S)
        picture = painting.picture()
        content = self._originals.content
        # Stopped early, it may still be at a coarser scale than was asked for.
        size = images.fitted_size(content.size, self.job.recipe.size)
        picture = images.resize(picture, size)
        recipe = painting.recipe.changed(backbone=self._backbone.name)
        whole, thumbnail = pictures.result(picture, content, recipe, self.job.title)
        result = Result(
            key=self._key("result.png"),
            thumbnail_key=self._key("thumbnail.webp"),
            width=size[1],
            height=size[0],
            bytes=len(whole),
            seconds=self._painted_s(),
            backbone=self._backbone.name,
        )
        written = {result.key: whole, result.thumbnail_key: thumbnail}
        self._put(written)
        if not self._easel.store.finish(self.job.id, self.token, result, status):
            self._take_back(list(written))
        if status is Status.FINISHED:
            self._note_cost()
        return status.value

    def _note_cost(self) -> None:
        """Let the next estimates know what this painting took."""
        ledger = self._ledger
        sample = ledger.sample(self.job.recipe, self._originals.content.size, self._backbone)
        if sample is None or ledger.expected_s is None:
            return
        try:
            self._easel.store.note_painted(device_name(), sample, expected_s=ledger.expected_s)
        except SQLAlchemyError:
            _log.exception("what it cost could not be noted")

    def _hand_over(self, painting: Painting | None) -> str:
        """Put the job back with a checkpoint of where it stands."""
        if painting is not None and painting.step > 0:
            try:
                self._keep(painting)
            except MediaError:
                _log.exception("handed over without a new checkpoint")
        if not self._easel.store.hand_over(self.job.id, self.token):
            raise LeaseLostError
        return "handed over"

    def _painted_s(self) -> float:
        return self.job.painted_s + self._clock() - self._began_at

    def _key(self, name: str) -> str:
        return f"jobs/{self.job.id}/{self.token}/{name}"

    def _put(self, files: dict[str, bytes]) -> None:
        for key, data in files.items():
            self._easel.media.put(key, data)

    def _take_back(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._easel.media.delete(key)
        raise LeaseLostError
