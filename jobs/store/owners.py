"""What concerns an owner as a whole: keys, how much is kept, and leaving."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from jobs.job import Status
from jobs.store.labels import BIN
from jobs.store.rows import Base
from jobs.store.tables import jobs, owners, uploads


class Owners(Base):
    """An owner's keys, room and leave."""

    def key_serial(self, owner: str) -> int:
        """Say how often an owner's keys were taken back; those made before no longer count."""
        with self._readers.connect() as connection:
            return connection.scalar(select(owners.c.key_serial).where(owners.c.owner == owner)) or 0

    def revoke_keys(self, owner: str) -> int:
        """Make every key of an owner void; return the serial that new ones have."""
        mine = owners.c.owner == owner
        more = update(owners).where(mine).values(key_serial=owners.c.key_serial + 1)
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    serial = connection.scalar(more.returning(owners.c.key_serial))
                    if serial is None:
                        connection.execute(insert(owners).values(owner=owner, key_serial=1))
                    return serial or 1
            except IntegrityError:  # another request was first (PostgreSQL)
                continue
        raise RuntimeError("an owner's row comes and goes")

    def bytes_kept(self, owner: str | None = None) -> int:
        """Add up the pictures that are kept: uploads and results, of an owner or of all."""
        with self._readers.connect() as connection:
            sums = [_sum(table, owner) for table in (uploads, jobs)]
            return sum(connection.scalar(query) or 0 for query in sums)

    def waiting_of(self, owner: str) -> int:
        """Count the jobs that an owner has waiting or paused."""
        waits = jobs.c.status.in_([Status.QUEUED, Status.PAUSED])
        query = select(func.count()).select_from(jobs).where(jobs.c.owner == owner, waits)
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def erase(self, owner: str) -> list[str]:
        """Remove all that an owner has here, whatever its state; return the ids of the paintings.

        The owner's keys are void from then on.
        """
        self.revoke_keys(owner)
        with self._engine.begin() as connection:
            # What was taken down and could yet be brought back, too.
            mine = jobs.c.owner.in_([owner, BIN + owner])
            gone = connection.scalars(delete(jobs).where(mine).returning(jobs.c.id)).all()
            self._discard(connection, *(f"jobs/{job_id}/" for job_id in gone))
            self._discard(connection, *_take_uploads(connection, owner))
        return list(gone)


def _sum(table: Any, owner: str | None) -> Select[tuple[int]]:
    query = select(func.coalesce(func.sum(table.c.bytes), 0))
    return query if owner is None else query.where(table.c.owner == owner)


def _take_uploads(connection: Connection, owner: str) -> list[str]:
    return list(connection.scalars(delete(uploads).where(uploads.c.owner == owner).returning(uploads.c.key)))
