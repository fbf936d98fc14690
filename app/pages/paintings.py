"""One painting: its page, and what a browser asks for while it is made."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.forms.fields import written
from app.http.errors import RefusedError
from app.http.security import welcome
from app.rules import library
from app.rules.feedforward_styles import feedforward_style as find_feedforward_style
from app.rules.films import films_of
from app.rules.paintings import (
    cached,
    continuation_fields,
    own_place,
    owned,
    send_preview,
    shown_size,
    state_of,
)
from app.rules.steering import sliders
from app.rules.uploads import stage
from app.services.services import services
from engine.errors import ImageError
from engine.recipe import Recipe, knobs
from jobs.job import DONE, UNDERWAY, Job, Status, Upload

blueprint = Blueprint("paintings", __name__)


@blueprint.get("/paintings/<id:job_id>")
def show(job_id: str) -> str:
    """Show a painting while it is made, or as a picture when it is done."""
    job = owned(job_id)
    height, width = shown_size(job)
    return render_template(
        "painting.html",
        job=job,
        width=width,
        height=height,
        state=state_of(job),
        choices=_choices(job.recipe),
        sliders=sliders(job) if job.status in UNDERWAY else [],
        events=services().store.events(job.id),
        underway=job.status in UNDERWAY,
        may_stop=_may_stop(job),
        done=job.status in DONE,
        label=services().store.labels([job.id])[job.id],
        frames=services().store.snapshots(job.id) if job.status in DONE else [],
        films=films_of(job) if job.status in DONE else [],
        ancestors=services().store.ancestors(job),
        children=services().store.children(job),
        further=continuation_fields(job),
        order=secrets.token_hex(16),
        feedforward_style=find_feedforward_style(job.recipe.feedforward_style),
        varied=bool(services().store.variations(job)) if job.status in DONE else False,
        may_vary=bool(job.styles) and not job.contact_sheet,
        place=own_place(job),
    )


def _may_stop(job: Job) -> bool:
    """Whether there is a picture to keep, or a painter at it, and nobody has asked yet."""
    begun = job.status is Status.PAINTING or job.checkpoint_key is not None
    return job.status in UNDERWAY and begun and not job.stop_requested


@blueprint.get("/paintings/<id:job_id>/status")
def status(job_id: str) -> AnyResponse:
    """Say where a painting stands, as JSON; nothing when that has not changed."""
    state = state_of(cached(job_id))
    if state["poll_ms"]:
        state["poll_ms"] = services().poll_interval.next_ms(state["poll_ms"])
    etag = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:24]
    response = jsonify(state)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag)
    return response.make_conditional(request)


@blueprint.post("/uploads")
def upload() -> tuple[Response, int]:
    """Stage a picture before the form is sent."""
    owner, role = welcome(), request.form.get("role", "")
    if role not in ("content", "style", "mask"):
        raise RefusedError(400, "bad_role", "A picture is content, style or mask.", "role")
    file = request.files.get("file")
    field = "photo" if role == "content" else "style"
    piece = library.piece(request.form.get("library", ""))
    if piece is not None:
        return _staged(library.stage_piece(piece, role, owner))
    if file is None:
        raise RefusedError(400, "no_file", "Choose a picture.", field)
    try:
        staged = stage(file, role, owner)
    except ImageError as exc:
        raise RefusedError(422, "bad_picture", str(exc), field) from exc
    return _staged(staged.upload, staged.recipe if role == "content" else None)


def _staged(staged: Upload, recipe: Recipe | None = None) -> tuple[Response, int]:
    shown: dict[str, Any] = {name: getattr(staged, name) for name in ("id", "name", "width", "height")}
    if recipe:
        shown["recipe"] = {name: written(getattr(recipe, name)) for name in knobs()}
    return jsonify(shown | {"url": url_for("files.upload", upload_id=staged.id, side=640)}), 201


def _choices(recipe: Recipe) -> list[tuple[str, str, bool]]:
    """List a recipe's label, value and whether it is the default, for its page."""
    default = Recipe()
    listed = []
    for name, knob in knobs().items():
        value = getattr(recipe, name)
        text = knob.choice_label(value) if knob.value_type == "choice" else written(value) or "automatic"
        unit = f" {knob.unit}" if knob.unit and value is not None else ""
        listed.append((knob.label, text + unit, value == getattr(default, name)))
    return listed


@blueprint.get("/paintings/<id:job_id>/preview")
def preview(job_id: str) -> AnyResponse:
    """Send the newest preview, else the last snapshot, else the photo."""
    return send_preview(job_id)
