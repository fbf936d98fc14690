"""Owners: their keys, how much is kept for them, and how they are erased."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from jobs.job import Status
from jobs.store.rows import Base, owned_by
from jobs.store.tables import jobs, owners, uploads


class Owners(Base):
    """Keys, quota and erasure of owners."""

    def key_serial(self, owner: str) -> int:
        """Return how often an owner's keys were revoked; keys with a lower serial no longer count."""
        with self._readers.connect() as connection:
            return connection.scalar(select(owners.c.key_serial).where(owners.c.owner == owner)) or 0

    def revoke_keys(self, owner: str) -> int:
        """Revoke all keys of an owner; return the serial of new ones."""
        owned = owners.c.owner == owner
        increment = update(owners).where(owned).values(key_serial=owners.c.key_serial + 1)
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    serial = connection.scalar(increment.returning(owners.c.key_serial))
                    if serial is None:
                        connection.execute(insert(owners).values(owner=owner, key_serial=1))
                    return serial or 1
            except IntegrityError:  # another request was first (PostgreSQL)
                continue
        raise RuntimeError("the row of an owner appears and disappears")

    def bytes_kept(self, owner: str | None = None) -> int:
        """Add up the bytes of uploads and results, of one owner or of all."""
        with self._readers.connect() as connection:
            sums = [select(func.coalesce(func.sum(table.c.bytes), 0)) for table in (uploads, jobs)]
            if owner is not None:
                sums = [sums[0].where(uploads.c.owner == owner), sums[1].where(owned_by(owner))]
            return sum(connection.scalar(query) or 0 for query in sums)

    def waiting(self, owner: str) -> int:
        """Count an owner's jobs that are queued or paused."""
        waits = jobs.c.status.in_([Status.QUEUED, Status.PAUSED])
        query = select(func.count()).select_from(jobs).where(owned_by(owner), waits)
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def erase(self, owner: str) -> list[str]:
        """Delete everything of an owner, whatever its state; return the ids of the paintings.

        The owner's keys are revoked too.
        """
        self.revoke_keys(owner)
        with self._engine.begin() as connection:
            owned = jobs.c.owner == owner  # what is in the bin, too
            job_ids = connection.scalars(delete(jobs).where(owned).returning(jobs.c.id)).all()
            self._discard(connection, *(f"jobs/{job_id}/" for job_id in job_ids))
            self._discard(connection, *_delete_uploads(connection, owner))
        return list(job_ids)


def _delete_uploads(connection: Connection, owner: str) -> list[str]:
    return list(connection.scalars(delete(uploads).where(uploads.c.owner == owner).returning(uploads.c.key)))
