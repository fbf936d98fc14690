"""Where the styles of a painting go, changed while it is painted."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.pages.paintings import owned, state_of
from app.rules.steering import steer_from
from app.wording import FOLLOWS, TOO_LATE
from jobs.job import Job
from jobs.store import OrderError

blueprint = Blueprint("masks", __name__)


@blueprint.post("/paintings/<id:job_id>/masks")
def change(job_id: str) -> AnyResponse:
    """Take a mask for one of the styles, or none; the painter follows at its next step."""
    job = owned(job_id)
    place = request.form.get("place", -1, int)
    if not 0 <= place < len(job.styles):
        raise RefusedError(422, "bad_value", "There is no such style.", "place")
    took = steer_masks(job, {place: request.form.get("mask") or None})
    if wants_json():
        return jsonify(state_of(owned(job_id)))
    flash(FOLLOWS if took else TOO_LATE, "follows" if took else "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


def steer_masks(job: Job, changes: dict[int, str | None]) -> bool:
    """Change the masks of some styles and leave the others as they are.

    Raises:
        RefusedError: one of them is not there.
    """

    def masks(now: Job) -> list[str | None]:
        return [changes.get(place, mask.id if mask else None) for place, mask in enumerate(now.masks)]

    try:
        return steer_from(job, lambda now: now.recipe, masks)
    except OrderError as exc:
        raise RefusedError(
            404, "unknown_upload", "There is no such mask; paint it once more.", "mask"
        ) from exc
