"""What the janitor deletes: records, uploads and files that are no longer needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, func, select, update

from jobs.job import DONE, UNDERWAY, Status
from jobs.store.rows import Base, listed
from jobs.store.tables import MICROSECOND, discards, job_parts, job_styles, jobs, snapshots, uploads

REMOVED_AGE = timedelta(hours=1)
"""How long a deleted painting can be restored."""


class Housekeeping(Base):
    """What is deleted, and from when on."""

    def delete_cancelled(self, age: timedelta) -> int:
        """Delete the records of jobs that were cancelled longer ago than `age`; return how many."""
        old = delete(jobs).where(jobs.c.status == Status.CANCELLED, jobs.c.finished_at < self._now() - age)
        with self._engine.begin() as connection:
            return len(connection.execute(old.returning(jobs.c.id)).all())

    def delete_older_than(self, age: timedelta, limit: int = 100) -> int:
        """Delete paintings that finished, stopped or failed longer ago than `age`; return how many."""
        ended = jobs.c.status.in_([*DONE, Status.FAILED]), jobs.c.finished_at < self._now() - age
        due = select(jobs.c.id).where(*ended).limit(limit).scalar_subquery()
        deletion = delete(jobs).where(jobs.c.id.in_(due), *ended).returning(jobs.c.id)
        with self._engine.begin() as connection:
            ids = connection.scalars(deletion).all()
            self._discard(connection, *(f"jobs/{job_id}/" for job_id in ids))
        return len(ids)

    def discards(self, limit: int = 100) -> list[str]:
        """List what has to be deleted from media, oldest first: keys, and prefixes that end in a slash."""
        query = select(discards.c.prefix).order_by(discards.c.at).limit(limit)
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def forget_discard(self, prefix: str) -> None:
        """Record that something discarded has been deleted from media."""
        with self._engine.begin() as connection:
            connection.execute(delete(discards).where(discards.c.prefix == prefix))

    def postpone_discards(self, prefixes: Sequence[str]) -> None:
        """Put what cannot be deleted at the end of the list."""
        with self._engine.begin() as connection:
            # After the last one, not only after now: the clock may have been set back.
            last = connection.scalar(select(func.max(discards.c.at))) or self._now()
            at = max(self._now(), last + MICROSECOND)
            connection.execute(update(discards).where(discards.c.prefix.in_(prefixes)).values(at=at))

    def kept_keys(self, job_id: str) -> set[str] | None:
        """Return the keys in media that a job's record refers to; None while more may be written.

        For a job that does not exist the set is empty. But it is None if there
        is no job at all: a backup restores its pictures before its records, and
        if a database is lost, its pictures should not be lost too.
        """
        columns = jobs.c.checkpoint_key, jobs.c.snapshot_key, jobs.c.result_key, jobs.c.thumbnail_key
        query = select(jobs.c.status, *columns).where(jobs.c.id == job_id)
        with self._readers.connect() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None if connection.scalar(select(jobs.c.id).limit(1)) is None else set()
            if row.status in UNDERWAY:
                return None
            snapshot_keys = connection.scalars(
                select(snapshots.c.key).where(snapshots.c.job_id == job_id)
            ).all()
        return {key for key in (*row[1:], *snapshot_keys) if key}

    def expire_uploads(self, limit: int = 100) -> int:
        """Delete expired uploads that no job uses, and discard their files; return how many."""
        used = exists().where(job_styles.c.upload_id == uploads.c.id)
        part = exists().where(job_parts.c.upload_id == uploads.c.id)
        content = exists().where(jobs.c.content_id == uploads.c.id)
        idle = [uploads.c.expires_at < self._now(), ~used, ~part, ~content]
        due = select(uploads.c.id).where(*idle).limit(limit).scalar_subquery()
        deletion = delete(uploads).where(uploads.c.id.in_(due), uploads.c.expires_at < self._now())
        with self._engine.begin() as connection:
            keys = connection.scalars(deletion.returning(uploads.c.key)).all()
            self._discard(connection, *keys)
        return len(keys)

    def empty_bin(self, age: timedelta = REMOVED_AGE, limit: int = 100) -> int:
        """Delete for good what was moved into the bin longer ago than `age`, with its variations."""
        old = jobs.c.removed_at < self._now() - age
        due = select(jobs.c.id).where(old).limit(limit)
        with self._engine.begin() as connection:
            ids = list(connection.scalars(due))
            sheets = delete(jobs).where(~listed, jobs.c.parent_id.in_(ids)).returning(jobs.c.id)
            variations = connection.scalars(sheets).all()
            deletion = delete(jobs).where(jobs.c.id.in_(ids), old).returning(jobs.c.id)
            ids = list(connection.scalars(deletion).all())
            self._discard(connection, *(f"jobs/{job_id}/" for job_id in (*ids, *variations)))
        return len(ids)
