"""What the janitor does: release lost leases, and delete what is no longer needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from jobs.job import DONE, UNDERWAY, Lease, Status, WorkerIdentity
from jobs.store.leases import Leases, holds_lease
from jobs.store.tables import MICROSECOND, discards, jobs, snapshots

MAX_ATTEMPTS = 3
"""How many claims in a row without a new checkpoint make a job fail."""


class Housekeeping(Leases):
    """What the janitor does."""

    def leases(self) -> list[Lease]:
        """List the jobs that are being painted."""
        query = select(jobs).where(jobs.c.status == Status.PAINTING, jobs.c.token.is_not(None))
        with self._readers.connect() as connection:
            return [
                Lease(
                    job_id=row.id,
                    token=row.token,
                    beat=row.beat,
                    patience_s=row.patience_s,
                    worker=WorkerIdentity(
                        host=row.worker_host,
                        pid=row.worker_pid,
                        process_started=row.worker_started,
                        queue=row.queue,
                    ),
                )
                for row in connection.execute(query)
            ]

    def release_lost(self, job_id: str, token: str, beat: int | None = None) -> bool:
        """Take a job from a worker that is gone, unless its heartbeat has moved since it was `beat`.

        Without `beat`, the worker itself gives the job up. The job is queued
        again; after `MAX_ATTEMPTS` claims without a new checkpoint it fails.
        """
        guards = holds_lease(token) if beat is None else [*holds_lease(token), jobs.c.beat == beat]
        reason = (
            f"The worker ended {MAX_ATTEMPTS} times in a row without making progress, which often means that "
            "there is too little memory; try a smaller size."
        )
        with self._engine.begin() as connection:
            exhausted = [*guards, jobs.c.attempts >= MAX_ATTEMPTS]
            if self._fail(connection, job_id, exhausted, reason):
                return True
            return self._put_back(connection, job_id, guards, "worker lost")

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
