"""What a call wakes: thin tasks."""

from __future__ import annotations

from functools import cache

from jobs.live import Live
from jobs.media import Media
from jobs.processes import this_process
from jobs.queue import TASK
from jobs.store import JobStore
from worker.celery_app import app, leaving, settings
from worker.easel import Easel

MOST_IN_A_ROW = 20
"""Then the task ends, because Celery replaces a child only between tasks."""


@app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def paint_next(kind: str = "paint") -> None:
    """Paint the jobs whose turn it is while any wait, so that none depends on a call of its own."""
    for _ in range(MOST_IN_A_ROW):
        if leaving() or not _easel().paint_next(this_process(kind)):
            return


@cache
def _easel() -> Easel:
    """Make this child's easel, whose connections and network are kept from job to job."""
    return Easel(
        settings,
        JobStore.open(settings.database_url),
        Live.open(settings.redis_url),
        Media.open(settings.media_url),
        leaving=leaving,
    )
