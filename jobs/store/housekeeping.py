"""The janitor's side: leases that were lost, what is to be deleted, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from jobs.job import DONE, UNDERWAY, Lease, Status, WorkerIdentity
from jobs.store.leases import Leases, held
from jobs.store.tables import MICROSECOND, discards, jobs, snapshots

MAX_ATTEMPTS = 3
"""Claims in a row without a new checkpoint, after which a job has failed."""


class Housekeeping(Leases):
    """The janitor's side."""

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

        Without `beat` it is the worker itself that gives up.
        It is queued again; after `MAX_ATTEMPTS` without a new checkpoint it has failed.
        """
        guards = held(token) if beat is None else [*held(token), jobs.c.beat == beat]
        reason = (
            f"The worker ended {MAX_ATTEMPTS} times in a row before it got anywhere, which often means too "
            "little memory; try a smaller size."
        )
        with self._engine.begin() as connection:
            spent = [*guards, jobs.c.attempts >= MAX_ATTEMPTS]
            if self._fail(connection, job_id, spent, reason):
                return True
            return self._put_back(connection, job_id, guards, "worker lost")

    def delete_cancelled(self, age: timedelta) -> int:
        """Remove the records of jobs that were cancelled longer ago than `age`."""
        old = delete(jobs).where(jobs.c.status == Status.CANCELLED, jobs.c.finished_at < self._now() - age)
        with self._engine.begin() as connection:
            return len(connection.execute(old.returning(jobs.c.id)).all())

    def retire(self, age: timedelta, limit: int = 100) -> int:
        """Remove paintings that ended, however they did, longer ago than `age`."""
        ended = jobs.c.status.in_([*DONE, Status.FAILED]), jobs.c.finished_at < self._now() - age
        due = select(jobs.c.id).where(*ended).limit(limit).scalar_subquery()
        gone = delete(jobs).where(jobs.c.id.in_(due), *ended).returning(jobs.c.id)
        with self._engine.begin() as connection:
            ids = connection.scalars(gone).all()
            self._discard(connection, *(f"jobs/{job_id}/" for job_id in ids))
        return len(ids)

    def discards(self, limit: int = 100) -> list[str]:
        """List what is to be deleted from media, oldest first: keys, and prefixes that end in a slash."""
        query = select(discards.c.prefix).order_by(discards.c.at).limit(limit)
        with self._readers.connect() as connection:
            return list(connection.scalars(query))

    def forget_discard(self, prefix: str) -> None:
        """Note that something discarded is gone from media."""
        with self._engine.begin() as connection:
            connection.execute(delete(discards).where(discards.c.prefix == prefix))

    def postpone(self, prefixes: Sequence[str]) -> None:
        """Put what cannot be deleted behind all else that is discarded."""
        with self._engine.begin() as connection:
            # Behind the last one, and not only at this moment: the clock may have been set back.
            last = connection.scalar(select(func.max(discards.c.at))) or self._now()
            at = max(self._now(), last + MICROSECOND)
            connection.execute(update(discards).where(discards.c.prefix.in_(prefixes)).values(at=at))

    def kept_keys(self, job_id: str) -> set[str] | None:
        """List what a job's record points to in media; None while it may yet write more.

        For a job that does not exist the list is empty; but None where there is
        no job at all: a backup puts its pictures back before its records, and
        the pictures of a database that was lost shall not follow it.
        """
        columns = jobs.c.checkpoint_key, jobs.c.snapshot_key, jobs.c.result_key, jobs.c.thumbnail_key
        query = select(jobs.c.status, *columns).where(jobs.c.id == job_id)
        with self._readers.connect() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None if connection.scalar(select(jobs.c.id).limit(1)) is None else set()
            if row.status in UNDERWAY:
                return None
            on_the_way = connection.scalars(select(snapshots.c.key).where(snapshots.c.job_id == job_id)).all()
        return {key for key in (*row[1:], *on_the_way) if key}
