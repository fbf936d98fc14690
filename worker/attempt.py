"""One attempt at one job, from claiming it to a result, or to handing it over."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import CheckpointError, PasticheError, RecipeError
from engine.imaging import images
from engine.recipe.paper import result_size
from jobs.job import Claim, Result, Status, Wishes
from jobs.live import Live
from jobs.media import Media, MediaError, MissingError
from jobs.store import LONG_OPERATION_S, JobStore
from worker import pictures
from worker.cost_record import CostRecord, device_name
from worker.heartbeat import Heartbeat, LeaseLostError
from worker.networks import Networks
from worker.progress import ProgressPublisher
from worker.snapshots import SnapshotKeeper
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.backbones import Backbone
    from engine.painting import Checkpoint, Painting, StepReport
    from engine.recipe import Recipe
    from engine.recipe.history import History
    from worker.pictures import Floats

CHECKPOINT_S = 5.0

_log = structlog.get_logger(__name__)


def _do_nothing() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """What every attempt in the child process of a worker works with.

    Attributes:
        store: the job database.
        live: progress and previews, in Redis.
        media: pictures, snapshots and checkpoints.
        networks: the loaded networks, reused from job to job.
        lease_s: how long a lease lasts without a heartbeat.
        scratch: a folder on disk for what is too large for memory. Not /tmp: in a container it may be
            a RAM disk that does not count against the memory limit.
        is_shutting_down: whether the worker was asked to end.
        between_steps: called between two steps; returns whether it did any work, in which case
            the step took longer than usual.
        wait_until_loaded: waits for what another thread is still loading, TensorFlow above all.
        clock: monotonic seconds, for tests.
    """

    store: JobStore
    live: Live
    media: Media
    networks: Networks
    lease_s: float
    scratch: Path
    is_shutting_down: Callable[[], bool]
    between_steps: Callable[[], bool] = _do_nothing
    wait_until_loaded: Callable[[], object] = _do_nothing
    clock: Callable[[], float] = time.monotonic


class Attempt:
    """Paints one claimed job; what it writes is accepted only while the claim's token is valid.

    Args:
        context: what it works with.
        claim: the job and its lease.
    """

    def __init__(self, context: AttemptContext, claim: Claim) -> None:
        self.job = claim.job
        self.token = claim.token
        self._context = context
        self._checkpoint_key = claim.checkpoint_key
        self._clock = context.clock
        self._timer = StepTimer()
        self._reduced_tile_px: int | None = None
        self._heartbeat = Heartbeat(
            context.store, claim, self._timer, lease_s=context.lease_s, clock=context.clock
        )
        self._publisher = ProgressPublisher(context.live, self.job, self._timer, clock=context.clock)
        self._began_at = self._checkpointed_at = self._clock()
        self._cost_record = CostRecord(self._clock)
        # A checkpoint may lack changes from before the claim: -1 differs from every version.
        self._recipe_version = -1 if claim.checkpoint_key else claim.job.recipe_version

    def paint(self) -> str:
        """Paint until the picture is finished or stopped, or the job is handed over.

        Returns:
            What became of the job, for the log.

        Raises:
            LeaseLostError: the job is no longer this worker's.
            PasticheError: it cannot be painted; the sentence says why.
        """
        painting = self._prepare()
        if painting is None:
            return self._hand_over(None)
        context = self._context
        self._snapshots = SnapshotKeeper(
            context.store, context.media, self.job, self.token, clock=context.clock
        )
        while not painting.finished:
            wishes = self._heartbeat.latest_wishes(painting)
            # Before the first step the picture is still the small photo: there is nothing worth keeping.
            if wishes.stop and painting.step > 0:
                return self._finish(painting, Status.STOPPED)
            if wishes.pause or context.is_shutting_down():
                return self._hand_over(painting)
            painting = self._steer(painting, wishes)
            before = painting.step
            report = self._advance(painting)
            self._publisher.publish(painting, report)
            # After a tile of a large picture the step is not complete, and the picture has not changed.
            if report.step > before:
                self._record_step(painting, report)
            self._cost_record.disturbed |= context.between_steps()
        return self._finish(painting, Status.FINISHED)

    def _record_step(self, painting: Painting, report: StepReport) -> None:
        """Keep a snapshot and a checkpoint if they are due, and record what the step cost."""
        if rejected_key := self._snapshots.keep_if_due(painting, report):
            self._abandon([rejected_key])
        self._cost_record.add_step(report.scale)
        if self._clock() - self._checkpointed_at >= CHECKPOINT_S:
            self._keep_checkpoint(painting)

    def _prepare(self) -> Painting | None:
        """Fetch the pictures, load the network, begin or resume; None to hand over instead.

        Each part may take many seconds, so there is a heartbeat between them.
        """
        context, job = self._context, self.job
        originals = self._originals = pictures.fetch(context.media, job)
        self._publisher.publish_loading()
        if self._should_hand_over():
            return None
        context.wait_until_loaded()
        count_before = context.networks.open_count
        backbone = self._backbone = context.networks.backbone(job.recipe)
        self._cost_record.opened_network = context.networks.open_count > count_before
        if self._should_hand_over(backbone.name):
            return None
        painting = self._resume_from_checkpoint(backbone)
        if painting is None:
            # These load TensorFlow, which must happen in the child only.
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
                scratch=self._context.scratch,
            )
            rates = context.store.costs.rates(device_name())
            self._cost_record.expect(job.recipe, originals.content.size, rates)
        self._timer.start_at(painting.progress)
        self._began_at = self._checkpointed_at = self._clock()
        return painting

    def _resume_from_checkpoint(self, backbone: Backbone) -> Painting | None:
        """Resume from the checkpoint; None if there is none that can be used."""
        from engine.painting import Checkpoint  # noqa: PLC0415  (TensorFlow, in the child only)

        if self._checkpoint_key is None:
            return None
        try:
            checkpoint = Checkpoint.from_bytes(self._context.media.get(self._checkpoint_key))
            return self._resume(checkpoint, backbone)
        except (CheckpointError, MissingError) as exc:
            _log.warning("the checkpoint cannot be used; painting starts over", reason=str(exc))
            return None

    def _resume(self, checkpoint: Checkpoint, backbone: Backbone) -> Painting:
        from engine.painting import Painting  # noqa: PLC0415  (TensorFlow, in the child only)

        originals = self._originals
        return Painting.resume(
            checkpoint,
            originals.content.rgb,
            originals.styles,
            backbone=backbone,
            masks=originals.masks,
            content_mask=originals.content_mask,
            scratch=self._context.scratch,
        )

    def _should_hand_over(self, backbone: str | None = None) -> bool:
        """Send a heartbeat before a long operation; return whether to hand the job over instead."""
        wishes = self._heartbeat.beat(self.job.step, self.job.progress, LONG_OPERATION_S, backbone)
        return wishes.pause or self._context.is_shutting_down()

    def _steer(self, painting: Painting, wishes: Wishes) -> Painting:
        """Apply what the owner has changed since the claim or the last heartbeat."""
        if wishes.recipe is None or wishes.version == self._recipe_version:
            return painting
        self._recipe_version = wishes.version
        self._cost_record.disturbed = True
        painting = self._change_masks(painting)
        try:
            painting.steer(wishes.recipe)
        except RecipeError as exc:
            _log.warning("could not be steered", reason=str(exc))
        return painting

    def _change_masks(self, painting: Painting) -> Painting:
        """If the masks have changed, resume with the new ones, for which the styles' targets are computed."""
        job = self._context.store.jobs.find(self.job.id)
        if job is None or job.masks == self.job.masks:
            return painting
        before, self.job = self._originals, dataclasses.replace(self.job, masks=job.masks)
        try:
            masks, _ = pictures.fetch_masks(self._context.media, job)
            self._originals = dataclasses.replace(before, masks=masks)
            return self._resume(painting.checkpoint().without_optimizer_state(), self._backbone)
        except PasticheError as exc:
            _log.warning("the masks could not be changed", reason=str(exc))
            self._originals = before
            return painting

    def _advance(self, painting: Painting) -> StepReport:
        began_at = self._clock()
        report = painting.advance()
        self._timer.add_step(scale=report.scale, progress=report.progress, seconds=self._clock() - began_at)
        if report.reduced_tile_px and report.reduced_tile_px != self._reduced_tile_px:
            self._context.store.leases.log_event(
                self.job.id, self.token, "memory ran short", str(report.reduced_tile_px)
            )
        self._reduced_tile_px = report.reduced_tile_px
        return report

    def _keep_checkpoint(self, painting: Painting) -> None:
        """Store a checkpoint, and the newest preview with it.

        Raises:
            LeaseLostError: the lease is lost; what was written is deleted.
        """
        key = self._key(f"checkpoint-{painting.step}.npz")
        written = {key: painting.checkpoint().to_bytes()}
        snapshot_key = None
        if self._publisher.preview is not None:
            snapshot_key = self._key(f"frame-{painting.step}.jpg")
            written[snapshot_key] = self._publisher.preview
        self._put(written)
        accepted = self._context.store.leases.keep_checkpoint(
            self.job.id,
            self.token,
            key,
            painting.step,
            painted_s=self._painted_s(),
            snapshot_key=snapshot_key,
        )
        if not accepted:
            self._abandon(list(written))
        self._checkpointed_at = self._clock()

    def _finish(self, painting: Painting, status: Status) -> str:
        """Store the result and record it.

        Raises:
            LeaseLostError: the lease is lost; what was written is deleted.
        """
        self._heartbeat.beat(painting.step, painting.progress, LONG_OPERATION_S)
        picture = painting.picture()
        # A picture that was stopped early may still be at a smaller scale than was asked for.
        size = result_size(self.job.recipe, self._originals.content.size)
        picture = images.resize(picture, size)
        recipe = painting.recipe.changed(backbone=self._backbone.name)
        self._store_result(picture, recipe, painting.history, self._backbone.name, status)
        if status is Status.FINISHED:
            self._record_cost()
        return status.value

    def _store_result(
        self, picture: Floats, recipe: Recipe, history: History, network: str, status: Status
    ) -> None:
        """Store a picture of the final size as the result, and record it.

        Raises:
            LeaseLostError: the lease is lost; what was written is deleted.
        """
        png, thumbnail = pictures.result(picture, self._originals.content, recipe, history, self.job.title)
        result = Result(
            key=self._key("result.png"),
            thumbnail_key=self._key("thumbnail.webp"),
            width=picture.shape[1],
            height=picture.shape[0],
            bytes=len(png),
            seconds=self._painted_s(),
            backbone=network,
            tones=pictures.tones(picture),
        )
        written = {result.key: png, result.thumbnail_key: thumbnail}
        self._put(written)
        if not self._context.store.leases.finish(self.job.id, self.token, result, status):
            self._abandon(list(written))

    def _record_cost(self) -> None:
        """Record what this painting cost, for the next estimates."""
        cost_record = self._cost_record
        sample = cost_record.sample(self.job.recipe, self._originals.content.size, self._backbone)
        if sample is None or cost_record.expected_s is None:
            return
        try:
            self._context.store.costs.record_painting(
                device_name(), sample, expected_s=cost_record.expected_s
            )
        except SQLAlchemyError:
            _log.exception("the cost could not be recorded")

    def _hand_over(self, painting: Painting | None) -> str:
        """Put the job back in the queue, with a checkpoint of the painting so far."""
        if painting is not None and painting.step > 0:
            try:
                self._keep_checkpoint(painting)
            except MediaError:
                _log.exception("handed over without a new checkpoint")
        if not self._context.store.leases.hand_over(self.job.id, self.token):
            raise LeaseLostError
        return "handed over"

    def _painted_s(self) -> float:
        return self.job.painted_s + self._clock() - self._began_at

    def _key(self, name: str) -> str:
        return f"jobs/{self.job.id}/{self.token}/{name}"

    def _put(self, files: dict[str, bytes]) -> None:
        for key, data in files.items():
            self._context.media.put(key, data)

    def _abandon(self, keys: Sequence[str]) -> NoReturn:
        """Delete files that were not accepted because the lease is lost, and give up."""
        for key in keys:
            self._context.media.delete(key)
        raise LeaseLostError
