"""Which paintings go on from which."""

from __future__ import annotations

from sqlalchemy import select

from jobs.job import Job
from jobs.store.rows import Base, to_jobs
from jobs.store.tables import jobs

_MOST_GENERATIONS = 50


class Family(Base):
    """Lineage: a painting may go on from another one's result or frame."""

    def ancestors(self, job: Job) -> list[Job]:
        """List the paintings that one goes on from, its parent first; those deleted end the line."""
        found: list[Job] = []
        with self._readers.connect() as connection:
            while job.parent_id is not None and len(found) < _MOST_GENERATIONS:
                query = select(jobs).where(jobs.c.id == job.parent_id, jobs.c.owner == job.owner)
                rows = connection.execute(query).all()
                if not rows:
                    break
                job = to_jobs(connection, rows)[0]
                found.append(job)
        return found

    def children(self, job: Job) -> list[Job]:
        """List the paintings that go on from one, oldest first."""
        return self._descended(job, contact_sheet=False)

    def variations(self, job: Job) -> list[Job]:
        """List what is on the contact sheet of a painting, oldest first."""
        return self._descended(job, contact_sheet=True)

    def _descended(self, job: Job, *, contact_sheet: bool) -> list[Job]:
        mine = jobs.c.parent_id == job.id, jobs.c.owner == job.owner, jobs.c.contact_sheet == contact_sheet
        query = select(jobs).where(*mine)
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query.order_by(jobs.c.position, jobs.c.id)).all())
