"""Which jobs wait, in the order of claims, and how an owner reorders them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, or_, select

from jobs.job import Job, Queue, Status
from jobs.store.claim_order import claim_order
from jobs.store.rows import Base, change, to_jobs
from jobs.store.tables import jobs


class Queues(Base):
    """The jobs that wait for a worker."""

    def waiting_in(self, queue: Queue, *, limit: int = 200) -> list[Job]:
        """List the waiting jobs of a queue in the order of their claims."""
        with self._readers.connect() as connection:
            ids = list(connection.scalars(claim_order(queue).limit(limit)))
            found = to_jobs(connection, connection.execute(select(jobs).where(jobs.c.id.in_(ids))).all())
        return sorted(found, key=lambda job: ids.index(job.id))

    def painting(self, queue: Queue) -> list[Job]:
        """List the jobs of a queue that are being painted."""
        query = select(jobs).where(jobs.c.status == Status.PAINTING, jobs.c.queue == queue)
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query.order_by(jobs.c.claim_no)).all())

    def own_queue(self, owner: str, queue: Queue = Queue.LONG) -> list[Job]:
        """List the jobs of a queue that an owner may reorder, the next one first.

        Paused jobs keep their place among them. Half-painted jobs go first anyway
        and are left out.
        """
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(_movable(owner, queue)).all())

    def reorder(self, job_id: str, owner: str, place: int) -> bool:
        """Move a waiting job to a place, from 0, among its owner's waiting jobs.

        A place beyond the end is the end. The turns of other visitors do not
        change. Returns whether the job could be moved.
        """
        queue_of_job = select(jobs.c.queue).where(jobs.c.id == job_id, jobs.c.owner == owner)
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


def _movable(owner: str, queue: Queue) -> Select[Any]:
    waits = or_(jobs.c.status == Status.QUEUED, jobs.c.status == Status.PAUSED)
    query = select(jobs).where(jobs.c.owner == owner, jobs.c.queue == queue, waits, ~jobs.c.interrupted)
    return query.order_by(jobs.c.position, jobs.c.id)
