"""Paintings that continue from another one: from its result, from a snapshot, or as variations."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.rules.files import send_stored
from app.rules.orders import may_vary, order_continuation, order_large, order_variations
from app.rules.paintings import CONTINUATION_KNOBS, own_painting, painting_state, picture_size
from app.services.services import current_services
from engine.errors import RecipeError
from engine.recipe import knobs
from jobs.job import DONE, UNDERWAY
from jobs.media import MissingError
from jobs.store import OrderError

blueprint = Blueprint("continuation", __name__)

_DIGITS = 10
"""No step number has this many digits."""


@blueprint.get("/paintings/<id:job_id>/frames/<int:step>.jpg")
def snapshot(job_id: str, step: int) -> AnyResponse:
    """Send a snapshot."""
    found = current_services().store.snapshots.at_step(own_painting(job_id).id, step)
    if found is None:
        abort(404)
    response = send_stored(found.key, "image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@blueprint.post("/paintings/<id:job_id>/further")
def order(job_id: str) -> AnyResponse:
    """Order a painting that continues from this one."""
    parent = own_painting(job_id)
    if parent.status not in DONE:
        abort(404)
    step = request.form.get("step", "")
    found = (
        current_services().store.snapshots.at_step(parent.id, int(step))
        if step.isdecimal() and len(step) < _DIGITS
        else None
    )
    if step and found is None:
        abort(404)
    try:
        changes: dict[str, Any] = {
            name: knobs()[name].parse(name, request.form[name])
            for name in CONTINUATION_KNOBS
            if name in request.form
        }
        token = f"further {parent.id} {step} {sorted(changes.items())} {request.form.get('order', '')}"
        job = order_continuation(parent, found, changes, token)
    except (RecipeError, OrderError, MissingError) as exc:
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id, _anchor="further"), 303)
    return redirect(url_for("paintings.show", job_id=job.id), 303)


@blueprint.get("/paintings/<id:job_id>/variations")
def contact_sheet(job_id: str) -> str:
    """Show the variations of a painting on a contact sheet."""
    job = own_painting(job_id)
    variations = current_services().store.jobs.variations(job)
    return render_template(
        "contact_sheet.html",
        job=job,
        variations=variations,
        order=secrets.token_hex(16),
        states={one.id: painting_state(one) for one in variations},
        size=picture_size(job),
        done=DONE,
        waiting=any(one.status in UNDERWAY for one in variations),
    )


@blueprint.post("/paintings/<id:job_id>/variations")
def order_contact_sheet(job_id: str) -> AnyResponse:
    """Order the variations of a painting, once."""
    job = own_painting(job_id)
    if not may_vary(job):
        abort(404)
    try:
        order_variations(job)
    except OrderError as exc:
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id), 303)
    return redirect(url_for("continuation.contact_sheet", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/large")
def paint_large(job_id: str) -> AnyResponse:
    """Paint the chosen variation at the size of the painting it was made from."""
    job = order_large(own_painting(job_id), request.form.get("order", ""))
    return redirect(url_for("paintings.show", job_id=job.id), 303)
