"""What can be seen of a painting while it is made: progress and previews, in Redis."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobs.job import Job
from jobs.live import Progress
from worker import pictures
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.painting import Painting, StepReport
    from worker.painter import Painter

PREVIEW_S = 0.7
PREVIEW_SHARE = 0.1
"""Previews are rarer where they would take more than this share of the time."""
SHOWN_LOSSES = 120


class ProgressPublisher:
    """Shows one attempt.

    Args:
        painter: where it is shown, and the clock.
        job: what is painted.
        timer: how much time is left.

    Attributes:
        preview: the newest one, or None before the first.
    """

    def __init__(self, painter: Painter, job: Job, timer: StepTimer) -> None:
        self._painter = painter
        self._job = job
        self._timer = timer
        self._shown_at = float("-inf")
        self._every_s = PREVIEW_S
        self._pictured = -1
        self.preview: bytes | None = None

    def say_loading(self) -> None:
        """Say that there is nothing to see yet."""
        job = self._job
        progress = Progress(
            step=job.step, progress=job.progress, seconds_left=None, size=(0, 0), phase="loading"
        )
        self._painter.live.publish(job.id, progress)

    def show(self, painting: Painting, frame: StepReport) -> None:
        """Publish progress and a preview, if that is due."""
        now = self._painter.clock()
        if now - self._shown_at < self._every_s:
            return
        self._shown_at = now
        fresh = frame.step != self._pictured
        if fresh:
            self.preview, self._pictured = pictures.preview(painting.picture()), frame.step
        progress = Progress(
            step=frame.step,
            progress=frame.progress,
            seconds_left=self._timer.seconds_left(),
            size=frame.scale,
            losses=tuple(painting.losses[-SHOWN_LOSSES:]),
        )
        version = time.time_ns() // 1_000_000
        self._painter.live.publish(self._job.id, progress, self.preview if fresh else None, version)
        self._every_s = max(PREVIEW_S, (self._painter.clock() - now) / PREVIEW_SHARE)
