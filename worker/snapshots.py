"""Keeps small pictures of a painting in progress, spread evenly over the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from engine.imaging import images
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE
from jobs.job import Job, Snapshot
from jobs.media import Media
from jobs.store import JobStore

if TYPE_CHECKING:
    from engine.painting import Painting, StepReport

SNAPSHOT_S = 0.25
"""The least time between two snapshots: a painting that is done in a moment needs few."""

_log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """Keeps the snapshots of one attempt, and leaves those of earlier attempts alone.

    Args:
        store: where they are recorded.
        media: where the pictures go.
        job: the job that is painted.
        token: the token of its claim.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        store: JobStore,
        media: Media,
        job: Job,
        token: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._media = media
        self._job = job
        self._token = token
        self._clock = clock
        self._kept_at = float("-inf")
        self._place = max((snapshot.place for snapshot in store.snapshots.of_job(job.id)), default=-1)

    def keep_if_due(self, painting: Painting, report: StepReport) -> str | None:
        """Keep the present picture if its part of the work has no snapshot yet.

        Returns:
            The key of a file that was not accepted because the job is no longer
            this worker's; else None.
        """
        place = min(MAX_SNAPSHOTS - 1, int(report.progress * MAX_SNAPSHOTS))
        now = self._clock()
        if place <= self._place or now - self._kept_at < SNAPSHOT_S or painting.finished:
            return None
        self._kept_at, self._place = now, place
        picture = painting.picture()
        if max(picture.shape[:2]) > SNAPSHOT_SIDE:
            picture = images.fit(picture, SNAPSHOT_SIDE)
        snapshot = Snapshot(
            place=place,
            step=report.step,
            progress=report.progress,
            key=f"jobs/{self._job.id}/{self._token}/frames/{report.step}.jpg",
            width=picture.shape[1],
            height=picture.shape[0],
        )
        self._media.put(snapshot.key, images.encode(picture, "jpeg", quality=88))
        try:
            counts = self._store.snapshots.keep(self._job.id, self._token, snapshot)
        except OperationalError as exc:
            # A film can do without one snapshot; the janitor deletes the file later.
            _log.warning("no snapshot could be kept", error=str(exc.orig))
            return None
        return None if counts else snapshot.key
