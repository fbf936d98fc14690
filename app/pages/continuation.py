"""New paintings that go on from one that is there: from its result, from a snapshot, or as variations."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.rules.files import send_stored
from app.rules.paintings import CHANGEABLE, owned, shown_size, state_of
from app.rules.variations import may_vary, pick, vary
from app.services.services import services
from engine.errors import RecipeError
from engine.recipe import knobs
from jobs.continuation import continue_painting
from jobs.job import DONE, UNDERWAY
from jobs.media import MissingError
from jobs.store import OrderError

blueprint = Blueprint("continuation", __name__)

_DIGITS = 10
"""No step has so many."""


@blueprint.get("/paintings/<id:job_id>/frames/<int:step>.jpg")
def snapshot(job_id: str, step: int) -> AnyResponse:
    """Send a picture on the way."""
    found = services().store.snapshot(owned(job_id).id, step)
    if found is None:
        abort(404)
    response = send_stored(found.key, "image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@blueprint.post("/paintings/<id:job_id>/further")
def order(job_id: str) -> AnyResponse:
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


@blueprint.get("/paintings/<id:job_id>/variations")
def contact_sheet(job_id: str) -> str:
    """Show the contact sheet of a painting."""
    job = owned(job_id)
    sheet = services().store.variations(job)
    return render_template(
        "contact_sheet.html",
        job=job,
        sheet=sheet,
        order=secrets.token_hex(16),
        states={one.id: state_of(one) for one in sheet},
        size=shown_size(job),
        done=DONE,
        waiting=any(one.status in UNDERWAY for one in sheet),
    )


@blueprint.post("/paintings/<id:job_id>/variations")
def order_contact_sheet(job_id: str) -> AnyResponse:
    """Order the contact sheet of a painting, once."""
    job = owned(job_id)
    if not may_vary(job):
        abort(404)
    try:
        vary(job)
    except OrderError as exc:
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id), 303)
    return redirect(url_for("continuation.contact_sheet", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/large")
def paint_large(job_id: str) -> AnyResponse:
    """Paint the variation that was picked as large as the painting whose sheet it is on."""
    job = pick(owned(job_id), request.form.get("order", ""))
    return redirect(url_for("paintings.show", job_id=job.id), 303)
