"""What visitors ask of the store: uploads, orders, wishes, and what became of them."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from engine.errors import PasticheError, RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import DONE, UNDERWAY, Event, Job, Order, Status, Upload
from jobs.store.order import places
from jobs.store.rows import Base, change, from_recipe, move, to_jobs, to_recipe, to_upload
from jobs.store.tables import events, job_styles, jobs, uploads


class OrderError(PasticheError):
    """An order names a picture that is not there, or not its owner's.

    Attributes:
        field: "content" or "style".
    """

    def __init__(self, field: str) -> None:
        picture = "photo" if field == "content" else "style"
        super().__init__(f"The {picture} is no longer here; choose it again.")
        self.field = field


class Uploads(Base):
    """Staged pictures."""

    def stage_upload(
        self,
        *,
        owner: str,
        sha256: str,
        role: str,
        name: str,
        width: int,
        height: int,
        bytes: int,
        suffix: str,
        expiry_s: float,
    ) -> Upload:
        """Note a picture, or renew the one that the owner sent before.

        The row comes first, then the file: put it at `key` if nothing is there
        (`jobs.staging.stage` does both).

        `suffix` is that of the file, ".png" or ".jpg"; after `expiry_s` it goes
        if no job uses it.
        """
        now = self._now()
        fresh = secrets.token_hex(16)
        values = {
            "id": fresh, "owner": owner, "sha256": sha256, "role": role, "name": name,
            "width": width, "height": height, "bytes": bytes, "created_at": now,
            # Not shared between uploads: so one can be collected without asking whose it is too.
            "key": f"uploads/{sha256[:2]}/{sha256}-{fresh[:8]}{suffix}",
            "expires_at": now + timedelta(seconds=expiry_s),
        }  # fmt: skip
        same = and_(uploads.c.owner == owner, uploads.c.sha256 == sha256, uploads.c.role == role)
        renewal = update(uploads).where(same).values(name=name, expires_at=values["expires_at"])
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    row = connection.execute(renewal.returning(*uploads.c)).first()
                    if row is None:
                        row = connection.execute(insert(uploads).values(values).returning(*uploads.c)).one()
                    return to_upload(row)
            except IntegrityError:  # another request staged it in between (PostgreSQL)
                continue
        raise OrderError(role)

    def upload(self, upload_id: str, owner: str) -> Upload | None:
        """Find an upload of this owner."""
        with self._readers.connect() as connection:
            row = connection.execute(
                select(uploads).where(uploads.c.id == upload_id, uploads.c.owner == owner)
            ).first()
        return to_upload(row) if row else None

    def uploads(self, owner: str, role: str) -> list[Upload]:
        """List an owner's uploads for one role, newest first."""
        query = select(uploads).where(uploads.c.owner == owner, uploads.c.role == role)
        with self._readers.connect() as connection:
            rows = connection.execute(query.order_by(uploads.c.created_at.desc(), uploads.c.id)).all()
        return [to_upload(row) for row in rows]


class Orders(Base):
    """Jobs, as their owners see them."""

    def submit(self, order: Order) -> Job:
        """Put an order in the queue; the same token of the same owner gives the same job.

        Raises:
            OrderError: a picture is not there, or not the owner's.
        """
        same = select(jobs).where(
            jobs.c.owner == order.owner, jobs.c.order_token == _of_fixed_length(order.token)
        )
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    row = connection.execute(same).first()
                    if row is None:
                        self._insert(connection, order)
                        row = connection.execute(same).one()
                    return to_jobs(connection, [row])[0]
            except IntegrityError:
                # Either the same order came twice at once, or an upload expired just now;
                # the second look tells which.
                continue
        raise OrderError("content")

    def _insert(self, connection: Connection, order: Order) -> None:
        for field, upload_id in [("content", order.content_id), *(("style", key) for key in order.style_ids)]:
            owner = select(uploads.c.owner).where(uploads.c.id == upload_id)
            if connection.scalar(owner) != order.owner:
                raise OrderError(field)
        job_id = secrets.token_hex(16)
        turn = select(func.coalesce(func.max(jobs.c.turn), 0) + 1).scalar_subquery()
        values = {
            "id": job_id, "owner": order.owner, "status": Status.QUEUED, "kind": order.kind,
            "title": order.title, "recipe": from_recipe(order.recipe),
            "order_token": _of_fixed_length(order.token),
            "content_id": order.content_id, "parent_id": order.parent_id,
            "created_at": self._now(), "turn": turn,
        }  # fmt: skip
        connection.execute(insert(jobs).values(values))
        styles = [
            {"job_id": job_id, "place": place, "upload_id": upload_id}
            for place, upload_id in enumerate(order.style_ids)
        ]
        connection.execute(insert(job_styles), styles)
        self._log(connection, job_id, "submitted")

    def job(self, job_id: str, owner: str | None = None) -> Job | None:
        """Find a job; of this owner only, if one is given."""
        query = select(jobs).where(jobs.c.id == job_id)
        if owner is not None:
            query = query.where(jobs.c.owner == owner)
        with self._readers.connect() as connection:
            found = to_jobs(connection, connection.execute(query).all())
        return found[0] if found else None

    def gallery(self, owner: str, *, limit: int = 60, before: str | None = None) -> list[Job]:
        """List an owner's pictures, newest first.

        It goes on after the `Job.cursor` given as `before`; a text that is
        none begins at the newest.
        """
        query = select(jobs).where(jobs.c.owner == owner, jobs.c.status.in_(DONE))
        if place := _read_cursor(before):
            at, job_id = place
            query = query.where(
                or_(jobs.c.finished_at < at, and_(jobs.c.finished_at == at, jobs.c.id < job_id))
            )
        query = query.order_by(jobs.c.finished_at.desc(), jobs.c.id.desc()).limit(limit)
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query).all())

    def active(self, owner: str) -> list[Job]:
        """List what an owner waits for, newest first: queued, paused, painting, and what failed."""
        query = select(jobs).where(jobs.c.owner == owner, jobs.c.status.in_((*UNDERWAY, Status.FAILED)))
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query.order_by(jobs.c.turn.desc())).all())

    def events(self, job_id: str) -> list[Event]:
        """List what happened to a job, oldest first."""
        query = select(events.c.at, events.c.kind, events.c.detail).where(events.c.job_id == job_id)
        with self._readers.connect() as connection:
            return [Event(**row._mapping) for row in connection.execute(query.order_by(events.c.id))]

    def place_in_queue(self, job_id: str) -> int | None:
        """Say where a waiting job stands in the order of the claims, from 1; None if it does not wait."""
        with self._readers.connect() as connection:
            kind = connection.scalar(select(jobs.c.kind).where(jobs.c.id == job_id))
            if kind is None:
                return None
            queue = places(kind)
            return connection.scalar(select(queue.c.place).where(queue.c.id == job_id))

    def waiting(self, kind: str | None = None) -> int:
        """Count the jobs that wait for a worker."""
        query = select(func.count()).select_from(jobs).where(jobs.c.status == Status.QUEUED)
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def counts_by_status(self) -> dict[Status, int]:
        """Count the jobs in each state, those with none included."""
        query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        with self._readers.connect() as connection:
            found = {Status(status): count for status, count in connection.execute(query)}
        return {status: found.get(status, 0) for status in Status}


class OwnerWishes(Base):
    """What an owner may ask of a job; each returns whether it took."""

    def wish_stop(self, job_id: str, owner: str) -> bool:
        """Ask to end now and keep the picture so far; there must be one, or a worker at it."""
        mine = jobs.c.owner == owner
        with self._engine.begin() as connection:
            begun = or_(jobs.c.status == Status.PAINTING, jobs.c.checkpoint_key.is_not(None))
            took = change(
                connection,
                job_id,
                leaving=[Status.PAINTING, Status.QUEUED],
                guards=[mine, begun],
                stop_wished=True,
            )
            if took:
                self._log(connection, job_id, "stop asked for")
        return took

    def cancel(self, job_id: str, owner: str) -> bool:
        """End a job at once and keep nothing; a worker at it notices at its next heartbeat."""
        with self._engine.begin() as connection:
            took = move(
                connection,
                job_id,
                Status.CANCELLED,
                leaving=UNDERWAY,
                guards=[jobs.c.owner == owner],
                finished_at=self._now(),
                checkpoint_key=None,
                frame_key=None,
            )
            if took:
                self._discard(connection, f"jobs/{job_id}/")
                self._log(connection, job_id, "cancelled")
        return took

    def pause(self, job_id: str, owner: str) -> bool:
        """Let a job wait; one that is being painted is handed over first."""
        mine = [jobs.c.owner == owner]
        with self._engine.begin() as connection:
            if move(
                connection, job_id, Status.PAUSED, leaving=[Status.QUEUED], guards=mine, interrupted=False
            ):
                self._log(connection, job_id, "paused")
                return True
            took = change(connection, job_id, leaving=[Status.PAINTING], guards=mine, pause_wished=True)
            if took:
                self._log(connection, job_id, "pause asked for")
        return took

    def resume(self, job_id: str, owner: str) -> bool:
        """Put a paused job back in its place, or take back the wish to pause."""
        mine = [jobs.c.owner == owner]
        with self._engine.begin() as connection:
            if move(connection, job_id, Status.QUEUED, leaving=[Status.PAUSED], guards=mine):
                self._log(connection, job_id, "resumed")
                return True
            wished = [*mine, jobs.c.pause_wished]
            took = change(connection, job_id, leaving=[Status.PAINTING], guards=wished, pause_wished=False)
            if took:
                self._log(connection, job_id, "resumed")
        return took

    def retry(self, job_id: str, owner: str) -> bool:
        """Queue a failed job again; it goes on from its last checkpoint."""
        with self._engine.begin() as connection:
            took = move(
                connection,
                job_id,
                Status.QUEUED,
                leaving=[Status.FAILED],
                guards=[jobs.c.owner == owner],
                attempts=0,
                reason=None,
                finished_at=None,
                interrupted=False,
            )
            if took:
                self._log(connection, job_id, "tried again")
        return took

    def steer(self, job_id: str, owner: str, recipe: Recipe) -> bool:
        """Change the steerable choices of a job that is not done yet.

        Raises:
            RecipeError: another choice differs too.
        """
        query = select(jobs.c.recipe, jobs.c.recipe_version, jobs.c.step)
        query = query.where(jobs.c.id == job_id, jobs.c.owner == owner, jobs.c.status.in_(UNDERWAY))
        with self._engine.begin() as connection:
            row = connection.execute(query.with_for_update()).first()
            if row is None:
                return False
            changes = to_recipe(row.recipe).differences(recipe)
            for name in changes:
                if not knobs()[name].steerable:
                    raise RecipeError(
                        name, f"{knobs()[name].label} cannot change once a painting is asked for."
                    )
            if not changes:
                return True
            version = row.recipe_version
            took = change(
                connection,
                job_id,
                leaving=UNDERWAY,
                guards=[jobs.c.owner == owner, jobs.c.recipe_version == version],
                recipe=from_recipe(recipe),
                recipe_version=version + 1,
            )
            if took:
                self._log(connection, job_id, "steered", json.dumps({"step": row.step} | changes))
        return took

    def delete(self, job_id: str, owner: str) -> bool:
        """Remove a job and all that was made of it, whatever its state."""
        with self._engine.begin() as connection:
            statement = delete(jobs).where(jobs.c.id == job_id, jobs.c.owner == owner).returning(jobs.c.id)
            took = connection.execute(statement).first() is not None
            if took:
                self._discard(connection, f"jobs/{job_id}/")
        return took


def _of_fixed_length(token: str) -> str:
    # It comes from a form, and may be as long as somebody likes.
    return hashlib.sha256(token.encode()).hexdigest()


def _read_cursor(text: str | None) -> tuple[datetime, str] | None:
    seconds, _, job_id = (text or "").partition("-")
    try:
        whole, _, micro = seconds.partition(".")
        at = datetime.fromtimestamp(int(whole), UTC) + timedelta(microseconds=int(micro or 0))
    except (ValueError, OverflowError, OSError):
        return None
    return at, job_id
