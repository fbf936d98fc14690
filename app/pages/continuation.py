"""Going on from a picture that is there: its result, or a picture on its way."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.pages.files import send_stored
from app.pages.paintings import CHANGEABLE, owned
from app.services.services import services
from engine.errors import RecipeError
from engine.recipe import knobs
from jobs.continuation import continue_painting
from jobs.job import DONE
from jobs.media import MissingError
from jobs.store import OrderError

blueprint = Blueprint("further", __name__)

_DIGITS = 10
"""No step has so many."""


@blueprint.get("/paintings/<id:job_id>/frames/<int:step>.jpg")
def frame(job_id: str, step: int) -> AnyResponse:
    """Send a picture on the way."""
    found = services().store.snapshot(owned(job_id).id, step)
    if found is None:
        abort(404)
    response = send_stored(found.key, "image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@blueprint.post("/paintings/<id:job_id>/further")
def further(job_id: str) -> AnyResponse:
    """Order a painting that goes on from this one."""
    here, parent = services(), owned(job_id)
    if parent.status not in DONE:
        abort(404)
    step = request.form.get("step", "")
    found = here.store.snapshot(parent.id, int(step)) if step.isdecimal() and len(step) < _DIGITS else None
    if step and found is None:
        abort(404)
    try:
        changes: dict[str, Any] = {
            name: knobs()[name].parse(name, request.form[name]) for name in CHANGEABLE if name in request.form
        }
        job = continue_painting(
            here.store,
            here.media,
            parent,
            token=f"further {parent.id} {step} {sorted(changes.items())} {request.form.get('order', '')}",
            expiry_s=here.settings.upload_expiry_s,
            snapshot=found,
            changes=changes,
        )
    except (RecipeError, OrderError, MissingError) as exc:
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id, _anchor="further"), 303)
    here.queue.wake(job.queue)
    return redirect(url_for("paintings.show", job_id=job.id), 303)
