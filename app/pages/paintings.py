"""The page of a painting, its status and preview, and uploads for the Paint page."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.forms.fields import format_value
from app.http.errors import RefusedError
from app.http.security import ensure_visitor
from app.rules import library
from app.rules.feedforward_styles import feedforward_style as get_feedforward_style
from app.rules.films import films_of
from app.rules.orders import may_vary
from app.rules.paintings import (
    cached_painting,
    continuation_fields,
    own_painting,
    painting_state,
    picture_size,
    queue_position,
    send_preview,
)
from app.rules.steering import sliders
from app.rules.uploads import stage
from app.services.services import current_services
from engine.errors import ImageError
from engine.recipe import Recipe, knobs
from jobs.job import DONE, UNDERWAY, Job, Status, Upload

blueprint = Blueprint("paintings", __name__)


@blueprint.get("/paintings/<id:job_id>")
def show(job_id: str) -> str:
    """Show a painting in progress, or the finished picture."""
    job = own_painting(job_id)
    height, width = picture_size(job)
    return render_template(
        "painting.html",
        job=job,
        width=width,
        height=height,
        state=painting_state(job),
        settings=_settings(job.recipe),
        sliders=sliders(job) if job.status in UNDERWAY else [],
        events=current_services().store.jobs.events(job.id),
        underway=job.status in UNDERWAY,
        can_stop=_can_stop(job),
        done=job.status in DONE,
        label=current_services().store.gallery.labels([job.id])[job.id],
        snapshots=current_services().store.snapshots.of_job(job.id) if job.status in DONE else [],
        films=films_of(job) if job.status in DONE else [],
        ancestors=current_services().store.jobs.ancestors(job),
        children=current_services().store.jobs.children(job),
        continuation_fields=continuation_fields(job),
        order=secrets.token_hex(16),
        feedforward_style=get_feedforward_style(job.recipe.feedforward_style),
        has_variations=bool(current_services().store.jobs.variations(job)) if job.status in DONE else False,
        may_vary=may_vary(job),
        position=queue_position(job),
    )


def _can_stop(job: Job) -> bool:
    """Whether a painting can be stopped: it has begun, and nobody has requested a stop yet."""
    begun = job.status is Status.PAINTING or job.checkpoint_key is not None
    return job.status in UNDERWAY and begun and not job.stop_requested


@blueprint.get("/paintings/<id:job_id>/status")
def status(job_id: str) -> AnyResponse:
    """Return the status of a painting as JSON; 304 if it has not changed."""
    state = painting_state(cached_painting(job_id))
    if state["poll_ms"]:
        state["poll_ms"] = current_services().poll_interval.next_ms(state["poll_ms"])
    etag = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:24]
    response = jsonify(state)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag)
    return response.make_conditional(request)


@blueprint.post("/uploads")
def upload() -> tuple[Response, int]:
    """Stage a picture before the form is sent."""
    owner, role = ensure_visitor(), request.form.get("role", "")
    if role not in ("content", "style", "mask"):
        raise RefusedError(400, "bad_role", "A picture's role must be content, style or mask.", "role")
    file = request.files.get("file")
    field = "photo" if role == "content" else "style"
    picture = library.find(request.form.get("library", ""))
    if picture is not None:
        return _upload_response(library.stage_picture(picture, role, owner))
    if file is None:
        raise RefusedError(400, "no_file", "Choose a picture.", field)
    try:
        staged = stage(file, role, owner)
    except ImageError as exc:
        raise RefusedError(422, "bad_picture", str(exc), field) from exc
    return _upload_response(staged.upload, staged.recipe if role == "content" else None)


def _upload_response(staged: Upload, recipe: Recipe | None = None) -> tuple[Response, int]:
    body: dict[str, Any] = {name: getattr(staged, name) for name in ("id", "name", "width", "height")}
    if recipe:
        body["recipe"] = {name: format_value(getattr(recipe, name)) for name in knobs()}
    return jsonify(body | {"url": url_for("files.upload", upload_id=staged.id, side=640)}), 201


def _settings(recipe: Recipe) -> list[tuple[str, str, bool]]:
    """List the label and value of each setting, and whether it is the default, for the page."""
    default = Recipe()
    settings = []
    for name, knob in knobs().items():
        value = getattr(recipe, name)
        text = knob.choice_label(value) if knob.value_type == "choice" else format_value(value) or "automatic"
        unit = f" {knob.unit}" if knob.unit and value is not None else ""
        settings.append((knob.label, text + unit, value == getattr(default, name)))
    return settings


@blueprint.get("/paintings/<id:job_id>/preview")
def preview(job_id: str) -> AnyResponse:
    """Send the newest preview, or else the last snapshot, or else the photo."""
    return send_preview(job_id)
