"""Statistics for the metrics, computed on demand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from jobs.job import DONE, Status
from jobs.store.rows import Base
from jobs.store.tables import jobs

_MAX_PAINTINGS = 50


class Statistics(Base):
    """How many jobs wait and for how long, and how long a step takes."""

    def queue_waits(self) -> dict[str, tuple[int, float]]:
        """Return, by queue, how many jobs wait, and how many seconds the oldest has waited."""
        oldest: Any = func.min(jobs.c.created_at, type_=jobs.c.created_at.type)
        query = select(jobs.c.queue, func.count(), oldest).where(jobs.c.status == Status.QUEUED)
        with self._readers.connect() as connection:
            rows = connection.execute(query.group_by(jobs.c.queue)).all()
        return {queue: (count, self._since(created_at)) for queue, count, created_at in rows}

    def step_seconds(self) -> list[float]:
        """List the mean seconds per step of the last finished or stopped paintings, newest first."""
        query = select(jobs.c.painted_s, jobs.c.step).where(jobs.c.status.in_(DONE), jobs.c.step > 0)
        with self._readers.connect() as connection:
            rows = connection.execute(query.order_by(jobs.c.finished_at.desc()).limit(_MAX_PAINTINGS)).all()
        return [row.painted_s / row.step for row in rows]

    def _since(self, moment: datetime) -> float:
        return max(0.0, (self._now() - moment).total_seconds())
