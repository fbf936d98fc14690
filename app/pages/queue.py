"""In which order a visitor's own paintings wait."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.pages.paintings import owned
from app.services.services import services
from app.wording import TOO_LATE
from jobs.job import Job, Status

blueprint = Blueprint("queueing", __name__)


@blueprint.post("/paintings/<id:job_id>/place")
def move(job_id: str) -> AnyResponse:
    """Paint it sooner or later than one's other paintings."""
    job = owned(job_id)
    place = request.form.get("place", "")
    if not place.isdecimal() or len(place) > 6:
        abort(404)
    if not services().store.reorder(job.id, job.owner, int(place)):
        flash(TOO_LATE, "too-late")
    if request.form.get("back") == "gallery":
        return redirect(url_for("gallery.index"), 303)
    return redirect(url_for("paintings.show", job_id=job_id), 303)


def own_places(owner: str, active: Sequence[Job]) -> dict[str, tuple[int, int]]:
    """Return the place, and of how many, of each waiting job that can be moved among others."""
    found: dict[str, tuple[int, int]] = {}
    waiting = [job.queue for job in active if job.status in (Status.QUEUED, Status.PAUSED)]
    for kind in set(waiting):
        own = services().store.own_queue(owner, kind)
        if len(own) > 1:
            found |= {job.id: (place, len(own)) for place, job in enumerate(own)}
    return found
