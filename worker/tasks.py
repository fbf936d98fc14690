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


@app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def paint_next(kind: str = "paint") -> None:
    """Paint the job whose turn it is, if one waits."""
    if not leaving():
        _easel().paint_next(this_process(kind))


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
