"""What owners may ask of a job: stop, cancel, pause, resume, try again, steer, delete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import UNDERWAY, Status
from jobs.store.rows import Base, change, from_recipe, move, require_fitting, to_recipe
from jobs.store.tables import job_parts, job_styles, jobs, snapshots, uploads
from jobs.store.uploads import OrderError


class OwnerRequests(Base):
    """What an owner may ask of a job; each returns whether it took."""

    def request_stop(self, job_id: str, owner: str) -> bool:
        """Ask to end now and keep the picture so far; there must be one, or a worker at it."""
        mine = jobs.c.owner == owner
        there = jobs.c.checkpoint_key.is_not(None)
        with self._engine.begin() as connection:
            took = change(
                connection,
                job_id,
                leaving=[Status.PAINTING, Status.QUEUED],
                guards=[mine, or_(jobs.c.status == Status.PAINTING, there)],
                stop_requested=True,
            ) or move(
                connection,
                job_id,
                Status.QUEUED,
                leaving=[Status.PAUSED],
                guards=[mine, there],
                stop_requested=True,
                interrupted=True,  # to be kept takes no turn
            )
            if took:
                self._log(connection, job_id, "stop asked for")
        return took

    def cancel(self, job_id: str, owner: str) -> bool:
        """End a job at once and keep nothing; a worker at it notices at its next heartbeat.

        Its order's token is free again: who orders the same once more gets a new job.
        """
        with self._engine.begin() as connection:
            took = move(
                connection,
                job_id,
                Status.CANCELLED,
                leaving=UNDERWAY,
                guards=[jobs.c.owner == owner],
                finished_at=self._now(),
                order_token=jobs.c.id,
                checkpoint_key=None,
                snapshot_key=None,
            )
            if took:
                connection.execute(delete(snapshots).where(snapshots.c.job_id == job_id))
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
            took = change(connection, job_id, leaving=[Status.PAINTING], guards=mine, pause_requested=True)
            if took:
                self._log(connection, job_id, "pause asked for")
        return took

    def resume(self, job_id: str, owner: str) -> bool:
        """Put a paused job back in its place, or take back the wish to pause."""
        mine = [jobs.c.owner == owner]
        with self._engine.begin() as connection:
            if move(
                connection, job_id, Status.QUEUED, leaving=[Status.PAUSED], guards=mine, stop_requested=False
            ):
                self._log(connection, job_id, "resumed")
                return True
            wished = [*mine, jobs.c.pause_requested]
            took = change(connection, job_id, leaving=[Status.PAINTING], guards=wished, pause_requested=False)
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

    def steer(
        self,
        job_id: str,
        owner: str,
        recipe: Recipe,
        *,
        version: int | None = None,
        mask_ids: Sequence[str | None] | None = None,
    ) -> bool:
        """Change the steerable choices of a job that is not done yet, and the masks if any are given.

        Args:
            job_id: which.
            owner: who asks.
            recipe: with the choices as they shall be.
            version: the `Job.recipe_version` that `recipe` and the masks were made from; where
                another page steered since, nothing changes. Left out, the newest.
            mask_ids: an upload for each style, or None for no mask; left out, the masks stay.

        Raises:
            RecipeError: another choice differs too, or the recipe does not fit the styles.
            OrderError: a mask is not there, or not the owner's.
        """
        query = select(jobs.c.recipe, jobs.c.recipe_version, jobs.c.step)
        query = query.where(jobs.c.id == job_id, jobs.c.owner == owner, jobs.c.status.in_(UNDERWAY))
        with self._engine.begin() as connection:
            row = connection.execute(query.with_for_update()).first()
            if row is None or version not in (None, row.recipe_version):
                return False
            styles = select(func.count()).select_from(job_styles).where(job_styles.c.job_id == job_id)
            require_fitting(recipe, connection.scalar(styles) or 0)
            changes: dict[str, Any] = to_recipe(row.recipe).differences(recipe)
            for name in changes:
                if not knobs()[name].steerable:
                    raise RecipeError(
                        name,
                        f"{knobs()[name].label} cannot change once a painting is asked for.",
                        code="not-steerable",
                    )
            if mask_ids is not None and self._change_masks(connection, job_id, owner, mask_ids):
                changes["masks"] = [mask is not None for mask in mask_ids]
            if not changes:
                return True
            took = change(
                connection,
                job_id,
                leaving=UNDERWAY,
                guards=[jobs.c.owner == owner, jobs.c.recipe_version == row.recipe_version],
                recipe=from_recipe(recipe),
                recipe_version=row.recipe_version + 1,
            )
            if took:
                self._log(connection, job_id, "steered", json.dumps({"step": row.step} | changes))
        return took

    def _change_masks(
        self, connection: Connection, job_id: str, owner: str, mask_ids: Sequence[str | None]
    ) -> bool:
        wanted = {place: mask for place, mask in enumerate(mask_ids) if mask is not None}
        ours = job_parts.c.job_id == job_id, job_parts.c.part == "mask"
        rows = connection.execute(select(job_parts.c.place, job_parts.c.upload_id).where(*ours))
        if wanted == {row.place: row.upload_id for row in rows}:
            return False
        for mask in wanted.values():
            if connection.scalar(select(uploads.c.owner).where(uploads.c.id == mask)) != owner:
                raise OrderError("mask")
        connection.execute(delete(job_parts).where(*ours))
        for place, mask in wanted.items():
            row = {"job_id": job_id, "part": "mask", "place": place, "upload_id": mask}
            connection.execute(insert(job_parts).values(row))
        return True

    def delete(self, job_id: str, owner: str) -> bool:
        """Remove a job and all that was made of it, whatever its state, its variations too."""
        mine = jobs.c.owner == owner
        with self._engine.begin() as connection:
            contact_sheet = (
                delete(jobs)
                .where(jobs.c.contact_sheet, jobs.c.parent_id == job_id, mine)
                .returning(jobs.c.id)
            )
            gone = connection.scalars(contact_sheet).all()
            statement = delete(jobs).where(jobs.c.id == job_id, mine).returning(jobs.c.id)
            took = connection.execute(statement).first() is not None
            if took:
                self._discard(connection, *(f"jobs/{key}/" for key in (job_id, *gone)))
        return took
