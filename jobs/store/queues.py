"""What waits, in the order of the claims, and how an owner changes it."""

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
        """List what an owner has waiting and may reorder, first to be painted first.

        What is paused keeps its place among it. What is half painted goes
        first anyway and is not in it.
        """
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(_movable(owner, queue)).all())

    def reorder(self, job_id: str, owner: str, place: int) -> bool:
        """Move a waiting job to a place, from 0, among those its owner has waiting.

        A place beyond the end is the end. Other visitors' turns stay as they
        are: only the owner's own change among themselves. Returns whether the
        job was there to be moved.
        """
        its_queue = select(jobs.c.queue).where(jobs.c.id == job_id, jobs.c.owner == owner)
        with self._engine.begin() as connection:
            queue = connection.scalar(its_queue)
            if queue is None:
                return False
            rows = connection.execute(_movable(owner, Queue(queue)).with_for_update()).all()
            order = [row.id for row in rows]
            if job_id not in order:
                return False
            order.remove(job_id)
            order.insert(max(0, place), job_id)
            for row, moved in zip(rows, order, strict=True):
                change(connection, moved, leaving=[Status.QUEUED, Status.PAUSED], position=row.position)
            self._log(connection, job_id, "moved", str(order.index(job_id) + 1))
        return True


def _movable(owner: str, queue: Queue) -> Select[Any]:
    waits = or_(jobs.c.status == Status.QUEUED, jobs.c.status == Status.PAUSED)
    query = select(jobs).where(jobs.c.owner == owner, jobs.c.queue == queue, waits, ~jobs.c.interrupted)
    return query.order_by(jobs.c.position, jobs.c.id)
