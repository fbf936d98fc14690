"""Which painting continues which."""

from __future__ import annotations

from sqlalchemy import select

from jobs.job import Job
from jobs.store.rows import Base, to_jobs
from jobs.store.tables import jobs

_MAX_GENERATIONS = 50


class Lineage(Base):
    """A painting may continue another one's result or one of its snapshots."""

    def ancestors(self, job: Job) -> list[Job]:
        """List the paintings that a painting continues, its parent first, up to the first deleted one."""
        ancestors: list[Job] = []
        with self._readers.connect() as connection:
            while job.parent_id is not None and len(ancestors) < _MAX_GENERATIONS:
                query = select(jobs).where(jobs.c.id == job.parent_id, jobs.c.owner == job.owner)
                rows = connection.execute(query).all()
                if not rows:
                    break
                job = to_jobs(connection, rows)[0]
                ancestors.append(job)
        return ancestors

    def children(self, job: Job) -> list[Job]:
        """List the paintings that continue a painting, oldest first."""
        return self._descendants(job, contact_sheet=False)

    def variations(self, job: Job) -> list[Job]:
        """List the paintings on the contact sheet of a painting, oldest first."""
        return self._descendants(job, contact_sheet=True)

    def _descendants(self, job: Job, *, contact_sheet: bool) -> list[Job]:
        owned = jobs.c.parent_id == job.id, jobs.c.owner == job.owner, jobs.c.contact_sheet == contact_sheet
        query = select(jobs).where(*owned)
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query.order_by(jobs.c.position, jobs.c.id)).all())
