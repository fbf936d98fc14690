"""One painting: its page, and what a browser asks for while it is made."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.forms.fields import written
from app.http.errors import RefusedError, wants_json
from app.http.security import visitor, welcome
from app.pages import estimates
from app.pages.files import send_small
from app.rules import library
from app.rules.curve import curve
from app.rules.feedforward_styles import feedforward_style as find_feedforward_style
from app.rules.films import films_of
from app.rules.steering import sliders, steer
from app.rules.uploads import stage
from app.services.services import services
from app.wording import FOLLOWS, TOO_LATE, where_it_stands, why_nobody_paints
from engine.errors import ImageError, RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.knob import Knob
from engine.recipe.paper import result_size
from jobs.job import DONE, UNDERWAY, Job, Status, Upload
from jobs.live import WorkerNote

blueprint = Blueprint("paintings", __name__)

_POLL_MS = {Status.PAINTING: 400, Status.QUEUED: 1500, Status.PAUSED: 4000}
_PREVIEW_SIDE = 1024
CHANGEABLE = ("size", "strength", "keep_colours", "smoothness")
"""What may be chosen anew when a picture is painted further."""


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
        place=_own_place(job),
    )


def _may_stop(job: Job) -> bool:
    """Whether there is a picture to keep, or a painter at it, and nobody has asked yet."""
    begun = job.status is Status.PAINTING or job.checkpoint_key is not None
    return job.status in UNDERWAY and begun and not job.stop_requested


def _own_place(job: Job) -> tuple[int, int] | None:
    """Return the place of a waiting painting among its owner's, where there are several."""
    if job.status not in (Status.QUEUED, Status.PAUSED):
        return None
    own = [other.id for other in services().store.own_queue(job.owner, job.queue)]
    return (own.index(job.id), len(own)) if job.id in own and len(own) > 1 else None


@blueprint.get("/paintings/<id:job_id>/status")
def status(job_id: str) -> AnyResponse:
    """Say where a painting stands, as JSON; nothing when that has not changed."""
    state = state_of(_cached(job_id))
    if state["poll_ms"]:
        state["poll_ms"] = services().poll_interval.next_ms(state["poll_ms"])
    etag = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:24]
    response = jsonify(state)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag)
    return response.make_conditional(request)


@blueprint.get("/paintings/<id:job_id>/preview")
def preview(job_id: str) -> AnyResponse:
    """Send the newest preview, else the last frame that was kept, else the photo."""
    job = _cached(job_id)
    found = services().live.preview(job.id) if job.status in UNDERWAY else None
    if found is None:
        return send_small(
            job.result.key if job.result else job.snapshot_key or job.content.key, _PREVIEW_SIDE
        )
    data, version = found
    response = Response(data, mimetype=_image_type(data))
    response.set_etag(f"live-{version}")
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.post("/paintings/<id:job_id>/steer")
def steer_it(job_id: str) -> AnyResponse:
    """Take the sliders that were moved; the painter follows at its next step."""
    job = owned(job_id)
    try:
        took = steer(job, request.form)
    except RecipeError as exc:
        if wants_json():
            raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
        flash(str(exc), exc.code)
    else:
        if wants_json():
            return jsonify(state_of(owned(job_id)))
        flash(FOLLOWS if took else TOO_LATE, "follows" if took else "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


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


def owned(job_id: str) -> Job:
    """Return a painting of this visitor's; answer 404 to everybody else."""
    job = services().store.job(job_id, visitor()) if visitor() else None
    if job is None:
        abort(404)
    return job


def _cached(job_id: str) -> Job:
    """Return what `owned` does, for what is asked often; its pictures may have other names by now."""
    job = services().job_cache.job(services().store, job_id, visitor()) if visitor() else None
    return job or abort(404)


def shown_size(job: Job) -> tuple[int, int]:
    """Return the (height, width) that the picture has, or will have."""
    if job.result:
        return job.result.height, job.result.width
    return result_size(job.recipe, (job.content.height, job.content.width))


def state_of(job: Job) -> dict[str, Any]:
    """Return where a painting stands, for its page and for its status."""
    here = services()
    said, preview = here.live.glance(job.id) if job.status in UNDERWAY else (None, None)
    progress = said if job.status is Status.PAINTING else None
    workers = here.live.workers() if job.status is Status.QUEUED else []
    place = here.store.place_in_queue(job.id) if job.status is Status.QUEUED else None
    version = _preview_version(job, preview)
    return {
        "status": job.status.value,
        "sentence": where_it_stands(job, progress, place, workers),
        "detail": _detail(job, workers),
        "percent": 100 if job.status is Status.FINISHED else int(100 * (progress or job).progress),
        "step": (progress or job).step,
        "place": place,
        "version": version,
        "preview": url_for("paintings.preview", job_id=job.id, v=version),
        "recipe_version": job.recipe_version,
        "sliders": {slider.name: slider.value for slider in sliders(job)},
        "curve": curve(said.losses) if said else "",
        "poll_ms": _POLL_MS.get(job.status, 0),
    }


def _detail(job: Job, workers: Sequence[WorkerNote]) -> str | None:
    if job.status is Status.FAILED:
        return job.reason
    if job.status is Status.QUEUED:
        return why_nobody_paints(workers) or (None if job.stop_requested else estimates.while_waiting(job))
    return None


def continuation_fields(job: Job) -> list[tuple[str, Knob, float]]:
    """Return what may be chosen anew when a picture is painted further: name, knob, value."""
    return [(name, knobs()[name], getattr(job.recipe, name)) for name in CHANGEABLE]


def _preview_version(job: Job, live: int | None) -> str:
    """Name what `preview` would send now; `live` is the version that Redis has."""
    if live is not None:
        return f"live-{live}"
    key = job.result.key if job.result else job.snapshot_key
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else "photo"


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


def _image_type(data: bytes) -> str:
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"
