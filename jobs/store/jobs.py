"""Jobs: how orders become jobs, how their owners find them, and which continues which."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from engine.errors import RecipeError
from jobs.job import UNDERWAY, Event, Job, Order, Status
from jobs.kinds import VARIATION, kind_for
from jobs.store.rows import Base, check_style_weights, from_recipe, listed, owned_by, refresh_job, to_jobs
from jobs.store.tables import events, job_parts, job_styles, jobs, uploads
from jobs.store.uploads import OrderError

_MAX_GENERATIONS = 50


class Jobs(Base):
    """The jobs that orders make, and which continues which."""

    def submit(self, order: Order) -> Job:
        """Put an order into its queue; the same token of the same owner returns the same job.

        Raises:
            OrderError: a picture does not exist, or is not the owner's.
            RecipeError: the recipe does not fit the pictures.
        """
        check_style_weights(order.recipe, len(order.style_ids))
        if order.recipe.start == "image" and order.start_id is None:
            raise RecipeError(
                "start", "There is no picture to start from; choose another start.", code="start-missing"
            )
        existing = _by_token(order.owner, order.token)
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    row = connection.execute(existing).first()
                    if row is None:
                        self._insert(connection, order)
                        row = connection.execute(existing).one()
                    return to_jobs(connection, [row])[0]
            except IntegrityError:
                # Either the same order came twice at once, or an upload has just expired;
                # the second try shows which.
                continue
        raise OrderError("content")

    def by_order(self, owner: str, token: str) -> Job | None:
        """Find the job that an order with this token made."""
        return next(iter(self._jobs(_by_token(owner, token))), None)

    def _insert(self, connection: Connection, order: Order) -> None:
        parts = _parts(order)
        styles = [("style", key) for key in order.style_ids]
        masks = [(part.removeprefix("content_"), key) for part, _, key in parts]
        for field, upload_id in [("content", order.content_id), *styles, *masks]:
            owner = select(uploads.c.owner).where(uploads.c.id == upload_id)
            if connection.scalar(owner) != order.owner:
                raise OrderError(field)
        if order.parent_id is not None:
            parent = select(jobs.c.id).where(jobs.c.id == order.parent_id, owned_by(order.owner))
            if connection.scalar(parent) is None:
                raise OrderError("parent")
        job_id = secrets.token_hex(16)
        position = select(func.coalesce(func.max(jobs.c.position), 0) + 1).scalar_subquery()
        values = {
            "id": job_id, "owner": order.owner, "status": Status.QUEUED, "queue": order.queue,
            "title": order.title, "recipe": from_recipe(order.recipe),
            "order_token": _of_fixed_length(order.token),
            "content_id": order.content_id, "parent_id": order.parent_id,
            "parent_step": order.parent_step, "kind": (order.kind or kind_for(order.recipe)).name,
            "created_at": self._now(), "position": position,
        }  # fmt: skip
        connection.execute(insert(jobs).values(values))
        rows = [
            {"job_id": job_id, "place": place, "upload_id": upload_id}
            for place, upload_id in enumerate(order.style_ids)
        ]
        if rows:  # a one-pass style needs no other style
            connection.execute(insert(job_styles), rows)
        for part, place, upload_id in parts:
            row = {"job_id": job_id, "part": part, "place": place, "upload_id": upload_id}
            connection.execute(insert(job_parts).values(row))
        self._log(connection, job_id, "submitted")

    def find(self, job_id: str, owner: str | None = None, *, known: Job | None = None) -> Job | None:
        """Find a job; if an owner is given, only among that owner's.

        `known` is the same job as it was read before. Unless it was steered since,
        its pictures are not read again, although their names may have changed.
        """
        query = select(jobs).where(jobs.c.id == job_id)
        if owner is not None:
            query = query.where(owned_by(owner))
        with self._readers.connect() as connection:
            rows = connection.execute(query).all()
            if known and rows and rows[0].recipe_version == known.recipe_version:
                return refresh_job(rows[0], known)
            found = to_jobs(connection, rows)
        return found[0] if found else None

    def active(self, owner: str) -> list[Job]:
        """List an owner's jobs that are queued, paused, being painted or failed, newest first."""
        wanted = jobs.c.status.in_((*UNDERWAY, Status.FAILED)), listed
        query = select(jobs).where(owned_by(owner), *wanted)
        return self._jobs(query.order_by(jobs.c.position.desc()))

    def events(self, job_id: str) -> list[Event]:
        """List the events of a job, oldest first."""
        query = select(events.c.at, events.c.name, events.c.detail).where(events.c.job_id == job_id)
        return [Event(**row._mapping) for row in self._rows(query.order_by(events.c.id))]

    def ancestors(self, job: Job) -> list[Job]:
        """List the paintings that a painting continues, its parent first, up to the first deleted one."""
        ancestors: list[Job] = []
        while job.parent_id is not None and len(ancestors) < _MAX_GENERATIONS:
            parent = self.find(job.parent_id, job.owner)
            if parent is None:
                break
            ancestors.append(job := parent)
        return ancestors

    def children(self, job: Job) -> list[Job]:
        """List the paintings that continue a painting, oldest first."""
        return self._descendants(job, listed)

    def variations(self, job: Job) -> list[Job]:
        """List the paintings on the contact sheet of a painting, oldest first."""
        return self._descendants(job, jobs.c.kind == VARIATION.name)

    def _descendants(self, job: Job, kind: ColumnElement[bool]) -> list[Job]:
        owned = jobs.c.parent_id == job.id, owned_by(job.owner), kind
        query = select(jobs).where(*owned)
        return self._jobs(query.order_by(jobs.c.position, jobs.c.id))


def _parts(order: Order) -> list[tuple[str, int, str]]:
    masks = [("mask", place, key) for place, key in enumerate(order.mask_ids) if key is not None]
    others = (("content_mask", order.content_mask_id), ("start", order.start_id))
    return masks + [(part, 0, key) for part, key in others if key is not None]


def _by_token(owner: str, token: str) -> Select[Any]:
    return select(jobs).where(owned_by(owner), jobs.c.order_token == _of_fixed_length(token))


def _of_fixed_length(token: str) -> str:
    # It comes from a form, and may have any length.
    return hashlib.sha256(token.encode()).hexdigest()
