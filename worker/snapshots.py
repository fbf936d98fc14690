"""Keeps pictures on the way: small, and evenly over the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from engine.imaging import images
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE
from jobs.job import Job, Snapshot

if TYPE_CHECKING:
    from engine.painting import Painting, StepReport
    from worker.painter import Painter

FRAME_S = 0.25
"""A painting that is done in a moment needs no frame of each moment."""

_log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """The frames of one attempt; those of earlier attempts are not taken again.

    Args:
        painter: its stores and its clock.
        job: whose frames they are.
        token: of the claim.
    """

    def __init__(self, painter: Painter, job: Job, token: str) -> None:
        self._painter = painter
        self._job = job
        self._token = token
        self._kept_at = float("-inf")
        self._place = max((snapshot.place for snapshot in painter.store.snapshots(job.id)), default=-1)

    def keep(self, painting: Painting, report: StepReport) -> str | None:
        """Keep the present picture if its part of the work has none yet.

        Returns:
            The key of a file that does not count, since the job is no longer
            this worker's; else None.
        """
        place = min(MAX_SNAPSHOTS - 1, int(report.progress * MAX_SNAPSHOTS))
        now = self._painter.clock()
        if place <= self._place or now - self._kept_at < FRAME_S or painting.finished:
            return None
        self._kept_at, self._place = now, place
        picture = painting.picture()
        if max(picture.shape[:2]) > SNAPSHOT_SIDE:
            picture = images.fit(picture, SNAPSHOT_SIDE)
        kept = Snapshot(
            place=place,
            step=report.step,
            progress=report.progress,
            key=f"jobs/{self._job.id}/{self._token}/frames/{report.step}.jpg",
            width=picture.shape[1],
            height=picture.shape[0],
        )
        self._painter.media.put(kept.key, images.encode(picture, "jpeg", quality=88))
        try:
            counts = self._painter.store.keep_snapshot(self._job.id, self._token, kept)
        except OperationalError as exc:
            # Without one frame a film is as good; what lies there is swept up later.
            _log.warning("no frame could be kept", error=str(exc.orig))
            return None
        return None if counts else kept.key
