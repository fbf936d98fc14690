"""What a page shows of a painting while it is made: progress and previews, in Redis."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs.job import Job
from jobs.live import Live, Progress
from worker import pictures
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.painting import Painting, StepReport

PREVIEW_S = 0.7
PREVIEW_SHARE = 0.1
"""Previews are made less often if they would take more than this share of the time."""
SHOWN_LOSSES = 120


class ProgressPublisher:
    """Publishes the progress of one attempt.

    Args:
        live: where it is published.
        job: what is painted.
        timer: knows how much time is left.
        clock: monotonic seconds, for tests.

    Attributes:
        preview: the newest one, or None before the first.
    """

    def __init__(
        self, live: Live, job: Job, timer: StepTimer, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._live = live
        self._job = job
        self._timer = timer
        self._clock = clock
        self._published_at = float("-inf")
        self._every_s = PREVIEW_S
        self._step_shown = -1
        self.preview: bytes | None = None

    def publish_loading(self) -> None:
        """Publish that the worker is getting ready, so there is nothing to see yet."""
        job = self._job
        progress = Progress(
            step=job.step, progress=job.progress, seconds_left=None, size=(0, 0), phase="loading"
        )
        self._live.publish(job.id, progress)

    def publish(self, painting: Painting, report: StepReport) -> None:
        """Publish progress and a preview, if they are due."""
        now = self._clock()
        if now - self._published_at < self._every_s:
            return
        self._published_at = now
        has_changed = report.step != self._step_shown
        if has_changed:
            self.preview, self._step_shown = pictures.preview(painting.picture()), report.step
        progress = Progress(
            step=report.step,
            progress=report.progress,
            seconds_left=self._timer.seconds_left(),
            size=report.scale,
            losses=tuple(painting.losses[-SHOWN_LOSSES:]),
        )
        version = time.time_ns() // 1_000_000
        self._live.publish(self._job.id, progress, self.preview if has_changed else None, version)
        self._every_s = max(PREVIEW_S, (self._clock() - now) / PREVIEW_SHARE)
