"""Jobs as their owners order and see them."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from engine.errors import RecipeError
from jobs.job import UNDERWAY, Event, Job, Order, Queue, Status
from jobs.store.claim_order import places
from jobs.store.rows import Base, from_recipe, refresh_job, require_fitting, to_jobs
from jobs.store.tables import events, job_parts, job_styles, jobs, uploads
from jobs.store.uploads import OrderError


class Orders(Base):
    """Jobs, as their owners see them."""

    def submit(self, order: Order) -> Job:
        """Put an order in the queue; the same token of the same owner gives the same job.

        Raises:
            OrderError: a picture is not there, or not the owner's.
            RecipeError: the recipe does not fit the pictures.
        """
        require_fitting(order.recipe, len(order.style_ids))
        if order.recipe.start == "image" and order.start_id is None:
            raise RecipeError(
                "start", "There is no picture to start from; choose another start.", code="start-missing"
            )
        same = _by_token(order.owner, order.token)
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

    def job_of_order(self, owner: str, token: str) -> Job | None:
        """Find the job that an order with this token has made."""
        with self._readers.connect() as connection:
            found = to_jobs(connection, connection.execute(_by_token(owner, token)).all())
        return found[0] if found else None

    def _insert(self, connection: Connection, order: Order) -> None:
        parts = _parts(order)
        styles = [("style", key) for key in order.style_ids]
        masks = [(part.removeprefix("content_"), key) for part, _, key in parts]
        for field, upload_id in [("content", order.content_id), *styles, *masks]:
            owner = select(uploads.c.owner).where(uploads.c.id == upload_id)
            if connection.scalar(owner) != order.owner:
                raise OrderError(field)
        if order.parent_id is not None:
            owner = select(jobs.c.owner).where(jobs.c.id == order.parent_id)
            if connection.scalar(owner) != order.owner:
                raise OrderError("parent")
        job_id = secrets.token_hex(16)
        position = select(func.coalesce(func.max(jobs.c.position), 0) + 1).scalar_subquery()
        values = {
            "id": job_id, "owner": order.owner, "status": Status.QUEUED, "queue": order.queue,
            "title": order.title, "recipe": from_recipe(order.recipe),
            "order_token": _of_fixed_length(order.token),
            "content_id": order.content_id, "parent_id": order.parent_id,
            "parent_step": order.parent_step, "contact_sheet": order.contact_sheet,
            "created_at": self._now(), "position": position,
        }  # fmt: skip
        connection.execute(insert(jobs).values(values))
        rows = [
            {"job_id": job_id, "place": place, "upload_id": upload_id}
            for place, upload_id in enumerate(order.style_ids)
        ]
        if rows:  # a brush needs no style
            connection.execute(insert(job_styles), rows)
        for part, place, upload_id in parts:
            row = {"job_id": job_id, "part": part, "place": place, "upload_id": upload_id}
            connection.execute(insert(job_parts).values(row))
        self._log(connection, job_id, "submitted")

    def job(self, job_id: str, owner: str | None = None, *, known: Job | None = None) -> Job | None:
        """Find a job; of this owner only, if one is given.

        What was read before may be given as `known`: of its pictures only the
        names can be others by now, and they are not read again.
        """
        query = select(jobs).where(jobs.c.id == job_id)
        if owner is not None:
            query = query.where(jobs.c.owner == owner)
        with self._readers.connect() as connection:
            rows = connection.execute(query).all()
            if known and rows and rows[0].recipe_version == known.recipe_version:
                return refresh_job(rows[0], known)
            found = to_jobs(connection, rows)
        return found[0] if found else None

    def active(self, owner: str) -> list[Job]:
        """List what an owner waits for, newest first: queued, paused, painting, and what failed."""
        wanted = jobs.c.status.in_((*UNDERWAY, Status.FAILED)), ~jobs.c.contact_sheet
        query = select(jobs).where(jobs.c.owner == owner, *wanted)
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query.order_by(jobs.c.position.desc())).all())

    def events(self, job_id: str) -> list[Event]:
        """List what happened to a job, oldest first."""
        query = select(events.c.at, events.c.name, events.c.detail).where(events.c.job_id == job_id)
        with self._readers.connect() as connection:
            return [Event(**row._mapping) for row in connection.execute(query.order_by(events.c.id))]

    def place_in_queue(self, job_id: str) -> int | None:
        """Say where a waiting job stands in the order of the claims, from 1; None if it does not wait."""
        with self._readers.connect() as connection:
            queue = connection.scalar(select(jobs.c.queue).where(jobs.c.id == job_id))
            if queue is None:
                return None
            queue = places(queue)
            return connection.scalar(select(queue.c.place).where(queue.c.id == job_id))

    def waiting(self, queue: Queue | None = None) -> int:
        """Count the jobs that wait for a worker."""
        query = select(func.count()).select_from(jobs).where(jobs.c.status == Status.QUEUED)
        if queue is not None:
            query = query.where(jobs.c.queue == queue)
        with self._readers.connect() as connection:
            return connection.scalar(query) or 0

    def counts_by_status(self) -> dict[Status, int]:
        """Count the jobs in each state, those with none included."""
        query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        with self._readers.connect() as connection:
            found = {Status(status): count for status, count in connection.execute(query)}
        return {status: found.get(status, 0) for status in Status}


def _parts(order: Order) -> list[tuple[str, int, str]]:
    masks = [("mask", place, key) for place, key in enumerate(order.mask_ids) if key is not None]
    others = (("content_mask", order.content_mask_id), ("start", order.start_id))
    return masks + [(part, 0, key) for part, key in others if key is not None]


def _by_token(owner: str, token: str) -> Select[Any]:
    return select(jobs).where(jobs.c.owner == owner, jobs.c.order_token == _of_fixed_length(token))


def _of_fixed_length(token: str) -> str:
    # It comes from a form, and may be as long as somebody likes.
    return hashlib.sha256(token.encode()).hexdigest()
