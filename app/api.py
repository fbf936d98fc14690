"""The API: what the pages do, for programs.

A program names its owner by a key, sent as `Authorization: Bearer KEY`; it is
the one in a gallery's private link. Every answer and every error is JSON.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import library
from app.body import body, path_id
from app.errors import RefusedError, error_json
from app.files import TYPES, send_picture
from app.filming import ask, film_state, send_film
from app.gallery import wanted
from app.keys import key_of, owner_of
from app.labels import LONGEST_NOTE, LONGEST_TITLE
from app.openapi import document
from app.paintings import owned, preview, state_of
from app.security import visitor
from app.studio import studio
from app.uploads import stage
from app.wording import made_title
from engine.errors import ImageError, RecipeError
from engine.recipe import MAX_STYLES, Recipe, knobs
from jobs.films import KINDS
from jobs.forecast import expected
from jobs.further import paint_further
from jobs.job import DONE, Job, Order, Upload
from jobs.media import MissingError
from jobs.store import OrderError
from jobs.store.labels import MOST_STARS

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_OPEN = ("api.make_key", "api.openapi", "api.styles")
_MOST = 100


@blueprint.before_request
def _know_the_caller() -> None:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    g.owner = owner_of(key.strip()) if kind.lower() == "bearer" else None
    if g.owner is None and request.endpoint not in _OPEN:
        raise RefusedError(
            401, "no_key", "Send a key as “Authorization: Bearer KEY”; POST /api/v1/keys makes one."
        )


@blueprint.errorhandler(RecipeError)
def _bad_value(error: RecipeError) -> AnyResponse:
    return error_json(422, "bad_value", str(error), f"recipe.{error.field}")


@blueprint.get("/openapi.json")
def openapi() -> AnyResponse:
    """Send the document that describes this API."""
    return jsonify(document(studio().settings.max_upload_bytes))


@blueprint.post("/keys")
def make_key() -> tuple[Response, int]:
    """Make a key to a new and empty gallery."""
    return jsonify(key=key_of(secrets.token_hex(16))), 201


@blueprint.get("/styles")
def styles() -> Response:
    """List the styles of the library, whose ids an order may name."""
    return jsonify(
        styles=[
            {
                "id": piece.id,
                "title": piece.title,
                "technique": piece.technique,
                "picture": url_for("files.style", piece_id=piece.id, side=640),
            }
            for piece in library.styles()
        ]
    )


@blueprint.post("/uploads")
def upload() -> tuple[Response, int]:
    """Stage a picture."""
    role = request.form.get("role", "")
    file = request.files.get("file")
    if role not in ("content", "style"):
        raise RefusedError(422, "bad_role", "A picture's role is “content” or “style”.", "role")
    if file is None:
        raise RefusedError(422, "no_file", "Send the picture as the part “file”.", "file")
    try:
        return jsonify(_upload(stage(file, role, visitor()))), 201
    except ImageError as exc:
        raise RefusedError(422, "bad_picture", str(exc), "file") from exc


@blueprint.post("/paintings")
def order() -> tuple[Response, int, dict[str, str]]:
    """Order a painting."""
    sent = body(photo=str, styles=list, recipe=dict, title=str, token=str)
    photo = _found(sent.get("photo"), "photo")
    chosen = sent.get("styles") or []
    if not 1 <= len(chosen) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Give 1 to {MAX_STYLES} styles.", "styles")
    pictures = [_style(item) for item in chosen]
    recipe = _recipe(sent.get("recipe", {}))
    title = " ".join(sent.get("title", "").split())[:LONGEST_TITLE]
    placed = Order(
        owner=visitor(),
        content_id=photo.id,
        style_ids=tuple(picture.id for picture in pictures),
        recipe=recipe,
        title=title or made_title(photo.name, [picture.name for picture in pictures]),
        token=f"api {sent.get('token') or secrets.token_hex(16)}",
    )
    try:
        job = studio().store.submit(placed)
    except OrderError as exc:
        raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
    return _ordered(job)


@blueprint.get("/paintings")
def paintings() -> Response:
    """List finished pictures, newest first; or what is under way."""
    if request.args.get("underway") == "true":
        return jsonify(paintings=[_painting(job) for job in studio().store.active(visitor())], next=None)
    limit = min(max(request.args.get("limit", 50, int), 1), _MOST)
    found = studio().store.search(visitor(), wanted(), limit=limit + 1, before=request.args.get("before"))
    more = found[limit - 1].cursor if len(found) > limit else None
    return jsonify(paintings=[_painting(job) for job in found[:limit]], next=more)


@blueprint.get("/paintings/<job_id>")
def painting(job_id: str) -> AnyResponse:
    """Say where a painting stands; 304 when nothing has changed."""
    shown = _painting(owned(path_id(job_id)))
    response = jsonify(shown)
    response.set_etag(hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:24])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.patch("/paintings/<job_id>")
def change(job_id: str) -> Response:
    """Steer a painting, or write its title, rating and note."""
    job = owned(path_id(job_id))
    sent = body(title=str, rating=int, note=str, recipe=dict)
    rating = sent.get("rating")
    if rating is not None and not 0 <= rating <= MOST_STARS:
        raise RefusedError(422, "bad_value", "A rating is 1 to 5, or 0 for none.", "rating")
    store = studio().store
    if sent.get("recipe") and not store.steer(job.id, job.owner, _recipe(sent["recipe"], job.recipe)):
        raise _too_late()
    title = " ".join(sent.get("title", "").split())[:LONGEST_TITLE]
    note = sent["note"][:LONGEST_NOTE] if "note" in sent else None
    store.write_label(job.id, job.owner, title=title or None, rating=rating, note=note)
    return jsonify(_painting(owned(job_id)))


@blueprint.delete("/paintings/<job_id>")
def delete(job_id: str) -> tuple[str, int]:
    """Delete a painting, whatever its state."""
    job = owned(path_id(job_id))
    if job.status in DONE:
        studio().store.remove([job.id], job.owner)
    else:
        studio().store.delete(job.id, job.owner)
    return "", 204


@blueprint.post("/paintings/<job_id>/<any(stop, cancel, pause, resume, retry):wish>")
def wish(job_id: str, wish: str) -> Response:
    """Pass on a wish."""
    job = owned(path_id(job_id))
    store = studio().store
    acts = {"stop": store.wish_stop, "cancel": store.cancel, "pause": store.pause}
    if not (acts | {"resume": store.resume, "retry": store.retry})[wish](job.id, job.owner):
        raise _too_late()
    if wish in ("resume", "retry"):
        studio().queue.wake(job.kind)
    return jsonify(_painting(owned(job_id)))


@blueprint.post("/paintings/<job_id>/further")
def further(job_id: str) -> tuple[Response, int, dict[str, str]]:
    """Order a painting that goes on from this one's result, or from a picture on its way."""
    here, parent = studio(), owned(path_id(job_id))
    sent = body(step=int, recipe=dict, token=str)
    frame = here.store.frame(parent.id, sent["step"]) if "step" in sent else None
    if "step" in sent and frame is None:
        raise RefusedError(422, "bad_value", "There is no picture of that step.", "step")
    _recipe(sent.get("recipe", {}), parent.recipe)
    try:
        job = paint_further(
            here.store, here.media, parent, frame=frame, changes=sent.get("recipe", {}),
            token=f"api {sent.get('token') or secrets.token_hex(16)}", expiry_s=here.settings.upload_expiry_s,
        )  # fmt: skip
    except (OrderError, MissingError) as exc:
        raise RefusedError(409, "no_result", "There is no finished picture to go on from yet.") from exc
    return _ordered(job)


@blueprint.get("/paintings/<job_id>/preview")
def newest(job_id: str) -> AnyResponse:
    """Send the picture as it is now."""
    return preview(path_id(job_id))


@blueprint.get("/paintings/<job_id>/result.<ending>")
def result(job_id: str, ending: str) -> AnyResponse:
    """Send the finished picture."""
    job = owned(path_id(job_id))
    if job.result is None or ending not in TYPES:
        abort(404)
    return send_picture(job, ending)


@blueprint.post("/paintings/<job_id>/film.<kind>")
def make_film(job_id: str, kind: str) -> tuple[Response, int]:
    """Have a film made of how a finished picture was painted."""
    state = ask(_filmed(job_id, kind), kind)
    return jsonify({"state": state["state"], "percent": state["percent"]}), 202


@blueprint.get("/paintings/<job_id>/film.<kind>")
def film(job_id: str, kind: str) -> AnyResponse | tuple[Response, int, dict[str, str]]:
    """Send a film, or say how far it is."""
    job = _filmed(job_id, kind)
    state = film_state(job, kind)
    if state["state"] == "failed":
        raise RefusedError(409, "failed", state["sentence"])
    if state["state"] in ("waiting", "making"):
        return jsonify({"state": state["state"], "percent": state["percent"]}), 202, {"Retry-After": "1"}
    return send_film(job, kind)


@blueprint.post("/estimate")
def estimate() -> Response:
    """Estimate what an order would take."""
    sent = body(photo=str, recipe=dict)
    photo = _found(sent.get("photo"), "photo")
    guess = expected(_recipe(sent.get("recipe", {})), (photo.height, photo.width), studio().store.rates())
    if guess is None:
        raise RefusedError(422, "bad_value", "The photo is too narrow to be painted at that size.", "photo")
    return jsonify(seconds=round(guess.seconds, 1), peak_bytes=guess.peak_bytes)


def _filmed(job_id: str, kind: str) -> Job:
    job = owned(path_id(job_id))
    if job.result is None or kind not in KINDS:
        abort(404)
    return job


def _recipe(values: dict[str, Any], base: Recipe | None = None) -> Recipe:
    for name in values:
        if name not in knobs():
            raise RecipeError(name, f"“{name[:40]}” is not a choice that a recipe has.")
    return (base or Recipe()).changed(**values)


def _found(upload_id: Any, field: str) -> Upload:
    found = studio().store.upload(upload_id, visitor()) if isinstance(upload_id, str) else None
    if found is None:
        raise RefusedError(422, "unknown_upload", "There is no such picture; upload it first.", field)
    return found


def _style(chosen: Any) -> Upload:
    piece = library.piece(chosen) if isinstance(chosen, str) else None
    return library.stage_piece(piece, "style", visitor()) if piece else _found(chosen, "styles")


def _ordered(job: Job) -> tuple[Response, int, dict[str, str]]:
    studio().queue.wake(job.kind)
    return jsonify(_painting(job)), 201, {"Location": url_for("api.painting", job_id=job.id)}


def _too_late() -> RefusedError:
    return RefusedError(409, "too_late", "That came too late: the painting had moved on.")


def _upload(staged: Upload) -> dict[str, Any]:
    return {name: getattr(staged, name) for name in ("id", "role", "name", "width", "height")}


def _painting(job: Job) -> dict[str, Any]:
    state = state_of(job)
    label = studio().store.labels([job.id])[job.id]
    return {
        "id": job.id,
        "title": job.title,
        "status": job.status.value,
        "sentence": state["sentence"],
        "reason": job.reason,
        "percent": state["percent"],
        "step": state["step"],
        "place": state["place"],
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "parent": job.parent_id,
        "photo": _upload(job.content),
        "styles": [_upload(style) for style in job.styles],
        "recipe": job.recipe.to_dict(),
        "rating": label.rating,
        "note": label.note,
        "width": job.result.width if job.result else None,
        "height": job.result.height if job.result else None,
        "result": url_for("api.result", job_id=job.id, ending="png") if job.result else None,
        "preview": url_for("api.newest", job_id=job.id),
    }
