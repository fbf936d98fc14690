"""Which jobs wait, in the order of claims, and how an owner reorders them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select

from jobs.job import Job, Queue, Status
from jobs.store.claim_order import claim_order, places
from jobs.store.rows import Base, change, owned_by, to_jobs
from jobs.store.tables import jobs


class Queues(Base):
    """The jobs that wait for a worker."""

    def waiting(self, queue: Queue, *, limit: int = 200) -> list[Job]:
        """List the waiting jobs of a queue in the order of their claims."""
        with self._readers.connect() as connection:
            ids = list(connection.scalars(claim_order(queue).limit(limit)))
            found = to_jobs(connection, connection.execute(select(jobs).where(jobs.c.id.in_(ids))).all())
        return sorted(found, key=lambda job: ids.index(job.id))

    def painting(self, queue: Queue) -> list[Job]:
        """List the jobs of a queue that are being painted."""
        query = select(jobs).where(jobs.c.status == Status.PAINTING, jobs.c.queue == queue)
        return self._jobs(query.order_by(jobs.c.claim_no))

    def of_owner(self, owner: str, queue: Queue = Queue.LONG) -> list[Job]:
        """List the jobs of a queue that an owner may reorder, the next one first.

        Paused jobs keep their place among them. Half-painted jobs go first anyway
        and are left out.
        """
        return self._jobs(_movable(owner, queue))

    def reorder(self, job_id: str, owner: str, place: int) -> bool:
        """Move a waiting job to a place, from 0, among its owner's waiting jobs.

        A place beyond the end is the end. The turns of other visitors do not
        change. Returns whether the job could be moved.
        """
        queue_of_job = select(jobs.c.queue).where(jobs.c.id == job_id, owned_by(owner))
        with self._engine.begin() as connection:
            queue = connection.scalar(queue_of_job)
            if queue is None:
                return False
            rows = connection.execute(_movable(owner, Queue(queue)).with_for_update()).all()
            order = [row.id for row in rows]
            if job_id not in order:
                return False
            order.remove(job_id)
            order.insert(max(0, place), job_id)
            for row, moved_id in zip(rows, order, strict=True):
                change(connection, moved_id, while_in=[Status.QUEUED, Status.PAUSED], position=row.position)
            self._log(connection, job_id, "moved", str(order.index(job_id) + 1))
        return True

    def place(self, job_id: str) -> int | None:
        """Return the place of a waiting job in the order of claims, from 1; None if it does not wait."""
        with self._readers.connect() as connection:
            queue = connection.scalar(select(jobs.c.queue).where(jobs.c.id == job_id))
            if queue is None:
                return None
            numbered = places(queue)
            return connection.scalar(select(numbered.c.place).where(numbered.c.id == job_id))

    def length(self, queue: Queue | None = None) -> int:
        """Count the jobs that wait for a worker, in one queue or in all."""
        query = select(func.count()).select_from(jobs).where(jobs.c.status == Status.QUEUED)
        if queue is not None:
            query = query.where(jobs.c.queue == queue)
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def counts_by_status(self) -> dict[Status, int]:
        """Count the jobs in each state; states without any have 0."""
        query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        counts = {Status(status): count for status, count in self._rows(query)}
        return {status: counts.get(status, 0) for status in Status}

    def waits(self) -> dict[str, tuple[int, float]]:
        """Return, by queue, how many jobs wait, and how many seconds the oldest has waited."""
        oldest: Any = func.min(jobs.c.created_at, type_=jobs.c.created_at.type)
        query = select(jobs.c.queue, func.count(), oldest).where(jobs.c.status == Status.QUEUED)
        return {
            queue: (count, max(0.0, (self._now() - created_at).total_seconds()))
            for queue, count, created_at in self._rows(query.group_by(jobs.c.queue))
        }


def _movable(owner: str, queue: Queue) -> Select[Any]:
    waits = or_(jobs.c.status == Status.QUEUED, jobs.c.status == Status.PAUSED)
    query = select(jobs).where(owned_by(owner), jobs.c.queue == queue, waits, ~jobs.c.interrupted)
    return query.order_by(jobs.c.position, jobs.c.id)
