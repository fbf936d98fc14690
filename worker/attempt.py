"""One attempt at one job, from claim to result or hand-over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import CheckpointError, PasticheError, RecipeError
from engine.imaging import images
from engine.recipe.paper import result_size
from jobs.job import Claim, Result, Status, Wishes
from jobs.media import MediaError, MissingError
from jobs.store import STARTING_PATIENCE_S
from worker import pictures
from worker.cost_record import CostRecord, device_name
from worker.heartbeat import Heartbeat, LeaseLostError
from worker.progress import ProgressPublisher
from worker.snapshots import SnapshotKeeper
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.backbones import Backbone
    from engine.painting import Checkpoint, Painting, StepReport
    from engine.recipe import Recipe
    from engine.recipe.history import History
    from worker.painter import Painter
    from worker.pictures import Floats

CHECKPOINT_S = 5.0

_log = structlog.get_logger(__name__)


class Attempt:
    """Paints one claimed job; what it writes counts only under its token."""

    def __init__(self, painter: Painter, claim: Claim) -> None:
        self.job = claim.job
        self.token = claim.token
        self._checkpoint_key = claim.checkpoint_key
        self._painter = painter
        self._clock = painter.clock
        self._timer = StepTimer()
        self._made_do: int | None = None
        self._heartbeat = Heartbeat(painter, claim, self._timer)
        self._publisher = ProgressPublisher(painter, self.job, self._timer)
        self._began_at = self._kept_at = self._clock()
        self._cost_record = CostRecord(self._clock)
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
        self._film = SnapshotKeeper(self._painter, self.job, self.token)
        while not painting.finished:
            wishes = self._heartbeat.listen(painting)
            # Before the first step there is nothing to keep but the photo, small.
            if wishes.stop and painting.step > 0:
                return self._finish(painting, Status.STOPPED)
            if wishes.pause or self._painter.leaving():
                return self._hand_over(painting)
            painting = self._steer(painting, wishes)
            before = painting.step
            frame = self._advance(painting)
            self._publisher.show(painting, frame)
            # A tile of a large picture is no whole step: the picture itself has not moved.
            if frame.step > before:
                self._follow(painting, frame)
            self._cost_record.disturbed |= self._painter.between_steps()
        return self._finish(painting, Status.FINISHED)

    def _follow(self, painting: Painting, frame: StepReport) -> None:
        """Keep what a step led to."""
        if stale := self._film.keep(painting, frame):
            self._take_back([stale])
        self._cost_record.note(frame.scale)
        if self._clock() - self._kept_at >= CHECKPOINT_S:
            self._keep(painting)

    def _set_up(self) -> Painting | None:
        """Fetch the pictures, load the network, begin or resume; None to hand over instead.

        Each part may take many seconds, so a heartbeat stands between them.
        """
        job = self.job
        originals = self._originals = pictures.fetch(self._painter.media, job)
        self._publisher.say_loading()
        if self._is_unwanted():
            return None
        self._painter.wait_until_loaded()
        opened = self._painter.networks_opened
        backbone = self._backbone = self._painter.backbone(job.recipe)
        self._cost_record.fresh = self._painter.networks_opened > opened
        if self._is_unwanted(backbone.name):
            return None
        painting = self._resumed(backbone)
        if painting is None:
            # TensorFlow, in the child only.
            from engine.feedforward.draft import built_in_drafter  # noqa: PLC0415
            from engine.painting import Painting  # noqa: PLC0415

            painting = Painting.begin(
                originals.content.rgb,
                originals.styles,
                job.recipe,
                backbone=backbone,
                masks=originals.masks,
                content_mask=originals.content_mask,
                start_image=originals.start,
                drafter=built_in_drafter,
                scratch=self._painter.scratch,
            )
            rates = self._painter.store.rates(device_name())
            self._cost_record.expect(job.recipe, originals.content.size, rates)
        self._timer.begin(painting.progress)
        self._began_at = self._kept_at = self._clock()
        return painting

    def _resumed(self, backbone: Backbone) -> Painting | None:
        """Go on from the checkpoint; None where there is none that can be used."""
        from engine.painting import Checkpoint  # noqa: PLC0415  (TensorFlow, in the child only)

        if self._checkpoint_key is None:
            return None
        try:
            checkpoint = Checkpoint.from_bytes(self._painter.media.get(self._checkpoint_key))
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
            scratch=self._painter.scratch,
        )

    def _is_unwanted(self, backbone: str | None = None) -> bool:
        """Beat before a part that takes long, and say whether to go no further."""
        wishes = self._heartbeat.beat(self.job.step, self.job.progress, STARTING_PATIENCE_S, backbone)
        return wishes.pause or self._painter.leaving()

    def _steer(self, painting: Painting, wishes: Wishes) -> Painting:
        """Take over what was changed since the job was claimed or last heard of."""
        if wishes.recipe is None or wishes.version == self._version:
            return painting
        self._version = wishes.version
        self._cost_record.disturbed = True
        painting = self._take_masks(painting)
        try:
            painting.steer(wishes.recipe)
        except RecipeError as exc:
            _log.warning("could not be steered", reason=str(exc))
        return painting

    def _take_masks(self, painting: Painting) -> Painting:
        """Go on with other masks, if they are others; what they are part of is measured anew."""
        job = self._painter.store.job(self.job.id)
        if job is None or job.masks == self.job.masks:
            return painting
        before, self.job = self._originals, dataclasses.replace(self.job, masks=job.masks)
        try:
            masks, _ = pictures.fetch_masks(self._painter.media, job)
            self._originals = dataclasses.replace(before, masks=masks)
            return self._go_on(painting.checkpoint().forgetting(), self._backbone)
        except PasticheError as exc:
            _log.warning("the masks could not be changed", reason=str(exc))
            self._originals = before
            return painting

    def _advance(self, painting: Painting) -> StepReport:
        began_at = self._clock()
        frame = painting.advance()
        self._timer.note(scale=frame.scale, progress=frame.progress, seconds=self._clock() - began_at)
        if frame.reduced_tile_px and frame.reduced_tile_px != self._made_do:
            self._painter.store.log_event(
                self.job.id, self.token, "memory ran short", str(frame.reduced_tile_px)
            )
        self._made_do = frame.reduced_tile_px
        return frame

    def _keep(self, painting: Painting) -> None:
        """Store a checkpoint, and the newest preview with it.

        Raises:
            LeaseLostError: it does not count; then it is deleted again.
        """
        key = self._key(f"checkpoint-{painting.step}.npz")
        written = {key: painting.checkpoint().to_bytes()}
        snapshot_key = None
        if self._publisher.preview is not None:
            snapshot_key = self._key(f"frame-{painting.step}.jpg")
            written[snapshot_key] = self._publisher.preview
        self._put(written)
        counts = self._painter.store.keep_checkpoint(
            self.job.id,
            self.token,
            key,
            painting.step,
            painted_s=self._painted_s(),
            snapshot_key=snapshot_key,
        )
        if not counts:
            self._take_back(list(written))
        self._kept_at = self._clock()

    def _finish(self, painting: Painting, status: Status) -> str:
        """Store the result and let it count.

        Raises:
            LeaseLostError: it does not count; then it is deleted again.
        """
        self._heartbeat.beat(painting.step, painting.progress, STARTING_PATIENCE_S)
        picture = painting.picture()
        # Stopped early, it may still be at a coarser scale than was asked for.
        size = result_size(self.job.recipe, self._originals.content.size)
        picture = images.resize(picture, size)
        recipe = painting.recipe.changed(backbone=self._backbone.name)
        self._store(picture, recipe, painting.history, self._backbone.name, status)
        if status is Status.FINISHED:
            self._note_cost()
        return status.value

    def _store(self, picture: Floats, recipe: Recipe, history: History, network: str, status: Status) -> None:
        """Store the result, its pixels as they are, and let it count; raises like `_finish`."""
        whole, thumbnail = pictures.result(picture, self._originals.content, recipe, history, self.job.title)
        result = Result(
            key=self._key("result.png"),
            thumbnail_key=self._key("thumbnail.webp"),
            width=picture.shape[1],
            height=picture.shape[0],
            bytes=len(whole),
            seconds=self._painted_s(),
            backbone=network,
            tones=pictures.tones(picture),
        )
        written = {result.key: whole, result.thumbnail_key: thumbnail}
        self._put(written)
        if not self._painter.store.finish(self.job.id, self.token, result, status):
            self._take_back(list(written))

    def _note_cost(self) -> None:
        """Let the next estimates know what this painting took."""
        cost_record = self._cost_record
        sample = cost_record.sample(self.job.recipe, self._originals.content.size, self._backbone)
        if sample is None or cost_record.expected_s is None:
            return
        try:
            self._painter.store.note_painted(device_name(), sample, expected_s=cost_record.expected_s)
        except SQLAlchemyError:
            _log.exception("what it cost could not be noted")

    def _hand_over(self, painting: Painting | None) -> str:
        """Put the job back with a checkpoint of where it stands."""
        if painting is not None and painting.step > 0:
            try:
                self._keep(painting)
            except MediaError:
                _log.exception("handed over without a new checkpoint")
        if not self._painter.store.hand_over(self.job.id, self.token):
            raise LeaseLostError
        return "handed over"

    def _painted_s(self) -> float:
        return self.job.painted_s + self._clock() - self._began_at

    def _key(self, name: str) -> str:
        return f"jobs/{self.job.id}/{self.token}/{name}"

    def _put(self, files: dict[str, bytes]) -> None:
        for key, data in files.items():
            self._painter.media.put(key, data)

    def _take_back(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._painter.media.delete(key)
        raise LeaseLostError
