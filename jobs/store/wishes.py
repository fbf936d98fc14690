"""What owners may do to a job: stop, cancel, pause, resume, retry, steer, delete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import UNDERWAY, Status
from jobs.store.rows import Base, change, check_style_weights, from_recipe, listed, move, owned_by, to_recipe
from jobs.store.tables import job_parts, job_styles, jobs, snapshots, uploads
from jobs.store.uploads import OrderError


class OwnerWishes(Base):
    """What an owner may do to a job; each method returns whether that was possible."""

    def stop(self, job_id: str, owner: str) -> bool:
        """Ask to end now and keep the picture so far; there must be one, or a worker that paints."""
        owned = owned_by(owner)
        there = jobs.c.checkpoint_key.is_not(None)
        with self._engine.begin() as connection:
            changed = change(
                connection,
                job_id,
                while_in=[Status.PAINTING, Status.QUEUED],
                guards=[owned, or_(jobs.c.status == Status.PAINTING, there)],
                stop_requested=True,
            ) or move(
                connection,
                job_id,
                Status.QUEUED,
                while_in=[Status.PAUSED],
                guards=[owned, there],
                stop_requested=True,
                interrupted=True,  # storing the result is not a turn
            )
            if changed:
                self._log(connection, job_id, "stop asked for")
        return changed

    def cancel(self, job_id: str, owner: str) -> bool:
        """End a job at once and keep nothing; its worker notices at the next heartbeat.

        The token of its order is free again, so the same order makes a new job.
        """
        with self._engine.begin() as connection:
            changed = self._move(
                connection,
                job_id,
                Status.CANCELLED,
                "cancelled",
                while_in=UNDERWAY,
                guards=[owned_by(owner)],
                finished_at=self._now(),
                order_token=None,
                checkpoint_key=None,
                snapshot_key=None,
            )
            if changed:
                connection.execute(delete(snapshots).where(snapshots.c.job_id == job_id))
                self._discard(connection, f"jobs/{job_id}/")
        return changed

    def pause(self, job_id: str, owner: str) -> bool:
        """Pause a job; its worker hands it over first."""
        owned = [owned_by(owner)]
        with self._engine.begin() as connection:
            queued: dict[str, Any] = {"while_in": [Status.QUEUED], "guards": owned}
            if self._move(connection, job_id, Status.PAUSED, "paused", interrupted=False, **queued):
                return True
            changed = change(
                connection, job_id, while_in=[Status.PAINTING], guards=owned, pause_requested=True
            )
            if changed:
                self._log(connection, job_id, "pause asked for")
        return changed

    def resume(self, job_id: str, owner: str) -> bool:
        """Put a paused job back in its place, or withdraw a request to pause."""
        owned = [owned_by(owner)]
        with self._engine.begin() as connection:
            paused: dict[str, Any] = {"while_in": [Status.PAUSED], "guards": owned}
            if self._move(connection, job_id, Status.QUEUED, "resumed", stop_requested=False, **paused):
                return True
            requested = [*owned, jobs.c.pause_requested]
            changed = change(
                connection, job_id, while_in=[Status.PAINTING], guards=requested, pause_requested=False
            )
            if changed:
                self._log(connection, job_id, "resumed")
        return changed

    def retry(self, job_id: str, owner: str) -> bool:
        """Queue a failed job again; it resumes from its last checkpoint."""
        with self._engine.begin() as connection:
            return self._move(
                connection,
                job_id,
                Status.QUEUED,
                "tried again",
                while_in=[Status.FAILED],
                guards=[owned_by(owner)],
                attempts=0,
                reason=None,
                finished_at=None,
                interrupted=False,
            )

    def steer(
        self,
        job_id: str,
        owner: str,
        recipe: Recipe,
        *,
        version: int | None = None,
        mask_ids: Sequence[str | None] | None = None,
    ) -> bool:
        """Change the steerable fields of a job's recipe while it is not done, and its masks if any are given.

        Args:
            job_id: the job.
            owner: the owner who asks.
            recipe: the recipe with the new values.
            version: the `Job.recipe_version` on which `recipe` and the masks are based. If the job was
                steered since, nothing changes. None for the newest.
            mask_ids: for each style an upload, or None for no mask; None keeps the masks.

        Raises:
            RecipeError: a field differs that cannot be steered, or the recipe does not fit the styles.
            OrderError: a mask does not exist, or is not the owner's.
        """
        query = select(jobs.c.recipe, jobs.c.recipe_version, jobs.c.step)
        query = query.where(jobs.c.id == job_id, owned_by(owner), jobs.c.status.in_(UNDERWAY))
        with self._engine.begin() as connection:
            row = connection.execute(query.with_for_update()).first()
            if row is None or version not in (None, row.recipe_version):
                return False
            styles = select(func.count()).select_from(job_styles).where(job_styles.c.job_id == job_id)
            check_style_weights(recipe, connection.scalar(styles) or 0)
            changes: dict[str, Any] = to_recipe(row.recipe).differences(recipe)
            for name in changes:
                if not knobs()[name].steerable:
                    raise RecipeError(
                        name,
                        f"{knobs()[name].label} cannot change once a painting has been ordered.",
                        code="not-steerable",
                    )
            if mask_ids is not None and self._change_masks(connection, job_id, owner, mask_ids):
                changes["masks"] = [mask is not None for mask in mask_ids]
            if not changes:
                return True
            changed = change(
                connection,
                job_id,
                while_in=UNDERWAY,
                guards=[owned_by(owner), jobs.c.recipe_version == row.recipe_version],
                recipe=from_recipe(recipe),
                recipe_version=row.recipe_version + 1,
            )
            if changed:
                self._log(connection, job_id, "steered", json.dumps({"step": row.step} | changes))
        return changed

    def _change_masks(
        self, connection: Connection, job_id: str, owner: str, mask_ids: Sequence[str | None]
    ) -> bool:
        wanted = {place: mask for place, mask in enumerate(mask_ids) if mask is not None}
        masks_of_job = job_parts.c.job_id == job_id, job_parts.c.part == "mask"
        rows = connection.execute(select(job_parts.c.place, job_parts.c.upload_id).where(*masks_of_job))
        if wanted == {row.place: row.upload_id for row in rows}:
            return False
        for mask in wanted.values():
            if connection.scalar(select(uploads.c.owner).where(uploads.c.id == mask)) != owner:
                raise OrderError("mask")
        connection.execute(delete(job_parts).where(*masks_of_job))
        for place, mask in wanted.items():
            row = {"job_id": job_id, "part": "mask", "place": place, "upload_id": mask}
            connection.execute(insert(job_parts).values(row))
        return True

    def delete(self, job_id: str, owner: str) -> bool:
        """Delete a job and all its files, whatever its state, and its variations too."""
        owned = owned_by(owner)
        with self._engine.begin() as connection:
            contact_sheet = (
                delete(jobs).where(~listed, jobs.c.parent_id == job_id, owned).returning(jobs.c.id)
            )
            variations = connection.scalars(contact_sheet).all()
            statement = delete(jobs).where(jobs.c.id == job_id, owned).returning(jobs.c.id)
            changed = connection.execute(statement).first() is not None
            if changed:
                self._discard(connection, *(f"jobs/{key}/" for key in (job_id, *variations)))
        return changed
