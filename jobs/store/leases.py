"""Leases: workers claim jobs, renew their leases with heartbeats, and record what they painted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, update

from jobs.job import Claim, Lease, Result, Status, Wishes, WorkerIdentity
from jobs.store.claim_order import claim_order
from jobs.store.rows import Base, change, to_jobs, to_recipe
from jobs.store.tables import jobs

MAX_ATTEMPTS = 3
"""How many claims in a row without a new checkpoint make a job fail."""
LONG_OPERATION_S = 120.0
"""How long a heartbeat may stand still during a long operation: loading a network, or storing a picture."""


def holds_lease(token: str) -> list[ColumnElement[bool]]:
    """Return the guard of a change that only the holder of a lease may make."""
    return [jobs.c.token == token]


class Leases(Base):
    """What workers do; everything after the claim is guarded by its token."""

    def claim(self, worker: WorkerIdentity) -> Claim | None:
        """Claim the next job of the worker's queue in fair order; None if none waits."""
        first = claim_order(worker.queue).limit(1)
        while True:
            with self._engine.begin() as connection:
                job_id = connection.scalar(first)
                if job_id is None:
                    return None
                token = secrets.token_hex(16)
                # If the guard fails, another worker was quicker (PostgreSQL): try the next job.
                if self._take(connection, job_id, token, worker):
                    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one()
                    job = to_jobs(connection, [row])[0]
                    return Claim(job=job, token=token, checkpoint_key=job.checkpoint_key)

    def _take(self, connection: Connection, job_id: str, token: str, worker: WorkerIdentity) -> bool:
        others = jobs.alias()
        served = select(func.coalesce(func.max(others.c.claim_no), 0) + 1).scalar_subquery()
        return self._move(
            connection,
            job_id,
            Status.PAINTING,
            "claimed",
            while_in=[Status.QUEUED],
            token=token,
            beat=jobs.c.beat + 1,
            patience_s=LONG_OPERATION_S,
            worker_host=worker.host,
            worker_pid=worker.pid,
            worker_started=worker.process_started,
            attempts=jobs.c.attempts + 1,
            claim_no=case((jobs.c.interrupted, jobs.c.claim_no), else_=served),
            interrupted=False,
            started_at=func.coalesce(jobs.c.started_at, literal(self._now(), jobs.c.started_at.type)),
        )

    def heartbeat(
        self,
        job_id: str,
        token: str,
        *,
        step: int,
        progress: float,
        patience_s: float,
        backbone: str | None = None,
    ) -> Wishes:
        """Renew the lease and return the owner's wishes, in one UPDATE … RETURNING.

        `patience_s` is how long the worker's next step may take, so that a slow
        step does not lose the lease. `backbone` is the network that paints, once
        it is loaded.
        """
        values: dict[str, Any] = {
            "beat": jobs.c.beat + 1, "step": step, "progress": progress, "patience_s": patience_s,
        }  # fmt: skip
        if backbone is not None:
            values["backbone"] = backbone
        statement = (
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.status == Status.PAINTING, *holds_lease(token))
            .values(values)
            .returning(jobs.c.stop_requested, jobs.c.pause_requested, jobs.c.recipe, jobs.c.recipe_version)
        )
        with self._engine.begin() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return Wishes(live=False)
        return Wishes(
            live=True,
            stop=row.stop_requested,
            pause=row.pause_requested,
            recipe=to_recipe(row.recipe),
            version=row.recipe_version,
        )

    def keep_checkpoint(
        self,
        job_id: str,
        token: str,
        key: str,
        step: int,
        *,
        painted_s: float = 0,
        snapshot_key: str | None = None,
    ) -> bool:
        """Record a stored checkpoint, and discard the one before; return whether it counts.

        `painted_s` is the time of all attempts. `snapshot_key` names a preview that
        is stored with it, for when Redis has none.
        """
        with self._engine.begin() as connection:
            before = self._stored(connection, job_id, token)
            changed = change(
                connection,
                job_id,
                while_in=[Status.PAINTING],
                guards=holds_lease(token),
                attempts=case((jobs.c.checkpoint_step < step, 0), else_=jobs.c.attempts),
                checkpoint_key=key,
                checkpoint_step=step,
                painted_s=painted_s,
                snapshot_key=snapshot_key or jobs.c.snapshot_key,
            )
            if changed:
                self._discard(connection, *(old for old in before[: 2 if snapshot_key else 1] if old != key))
        return changed

    def _stored(self, connection: Connection, job_id: str, token: str) -> Sequence[str | None]:
        query = select(jobs.c.checkpoint_key, jobs.c.snapshot_key).where(
            jobs.c.id == job_id, *holds_lease(token)
        )
        row = connection.execute(query.with_for_update()).first()
        return tuple(row) if row else (None, None)

    def log_event(self, job_id: str, token: str, event: str, detail: str = "") -> None:
        """Log an event of the worker that holds the lease; others are ignored."""
        owned = select(jobs.c.id).where(jobs.c.id == job_id, *holds_lease(token))
        with self._engine.begin() as connection:
            if connection.execute(owned).first() is not None:
                self._log(connection, job_id, event, detail)

    def finish(self, job_id: str, token: str, result: Result, status: Status) -> bool:
        """Record a stored result, `finished` or `stopped` by its owner; return whether it counts."""
        with self._engine.begin() as connection:
            before = self._stored(connection, job_id, token)
            changed = self._move(
                connection,
                job_id,
                status,
                status.value,
                while_in=[Status.PAINTING],
                guards=holds_lease(token),
                finished_at=self._now(),
                checkpoint_key=None,
                snapshot_key=None,
                stop_requested=False,
                pause_requested=False,
                result_key=result.key,
                thumbnail_key=result.thumbnail_key,
                width=result.width,
                height=result.height,
                bytes=result.bytes,
                painted_s=result.seconds,
                backbone=result.backbone,
                tones=result.tones or None,
            )
            if changed:
                self._discard(connection, *before)
        return changed

    def fail(self, job_id: str, token: str, reason: str) -> bool:
        """End an attempt with a sentence that says why; the last checkpoint is kept."""
        with self._engine.begin() as connection:
            return self._fail(connection, job_id, holds_lease(token), reason)

    def _fail(
        self, connection: Connection, job_id: str, guards: list[ColumnElement[bool]], reason: str
    ) -> bool:
        return self._move(
            connection,
            job_id,
            Status.FAILED,
            "failed",
            reason,
            while_in=[Status.PAINTING],
            guards=guards,
            reason=reason,
            finished_at=self._now(),
            stop_requested=False,
            pause_requested=False,
        )

    def hand_over(self, job_id: str, token: str) -> bool:
        """Put a job back for the next worker, or pause it if its owner asked for that."""
        attempts = case((jobs.c.attempts > 0, jobs.c.attempts - 1), else_=0)
        with self._engine.begin() as connection:
            return self._put_back(connection, job_id, holds_lease(token), "handed over", attempts=attempts)

    def _put_back(
        self,
        connection: Connection,
        job_id: str,
        guards: list[ColumnElement[bool]],
        event: str,
        **values: Any,
    ) -> bool:
        held: dict[str, Any] = {"while_in": [Status.PAINTING], "guards": guards}
        if not self._move(connection, job_id, Status.QUEUED, event, interrupted=True, **held, **values):
            return False
        self._move(
            connection,
            job_id,
            Status.PAUSED,
            "paused",
            while_in=[Status.QUEUED],
            guards=[jobs.c.pause_requested],
            pause_requested=False,
            interrupted=False,
        )
        return True

    def held(self) -> list[Lease]:
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
