"""API requests for one painting: watch, steer, download, share and delete it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from flask import Response, abort, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.api.models import Change, Painting, Snapshot
from app.api.operations import operation
from app.api.shapes import one_line, painting_json, recipe_of
from app.http.errors import RefusedError
from app.rules import steering
from app.rules.choices import require_upload
from app.rules.files import TYPES, send_picture, send_stored
from app.rules.films import film_state, request_film, send_film
from app.rules.gallery import MAX_NOTE_LENGTH
from app.rules.paintings import own_painting, send_preview
from app.services.services import current_services
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from jobs.job import Job

_ACTIONS = f"/paintings/<id:job_id>/<any({', '.join(steering.WISHES)}):action>"
_PICTURE = {200: tuple(TYPES.values()), 304: None}
_FILM_STATE = {"state": str, "percent": int}
_FILM = tuple(FILM_TYPES.values())


@operation("GET", "/paintings/<id:job_id>", answers={200: Painting, 304: None})
def painting(job_id: str) -> AnyResponse:
    """Get a painting and its status."""
    shown = painting_json(own_painting(job_id))
    response = jsonify(shown)
    response.set_etag(hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:24])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@operation("PATCH", "/paintings/<id:job_id>", json=Change, answers={200: Painting})
def change(job: Job, sent: Change) -> Response:
    """Steer a painting and its masks, or change its title, rating and note."""
    if sent.get("recipe"):
        steering.steer_with_retry(job, lambda now: recipe_of(sent["recipe"], now.recipe))
    if "masks" in sent:
        _change_masks(own_painting(job.id), sent["masks"])
    note = sent["note"][:MAX_NOTE_LENGTH] if "note" in sent else None
    title = one_line(sent.get("title", "")) or None
    current_services().store.gallery.write_label(
        job.id, job.owner, title=title, rating=sent.get("rating"), note=note
    )
    return jsonify(painting_json(own_painting(job.id)))


def _change_masks(job: Job, masks: Sequence[str | None]) -> None:
    if len(masks) != len(job.styles):
        raise RefusedError(422, "bad_value", "Send a mask, or null, for each style.", "masks")
    chosen = {
        place: None if mask is None else require_upload(mask, "masks").id for place, mask in enumerate(masks)
    }
    steering.steer_masks(job, chosen)


@operation("DELETE", "/paintings/<id:job_id>", answers={204: None})
def delete(job_id: str) -> tuple[str, int]:
    """Delete a painting in any state."""
    steering.delete(own_painting(job_id))
    return "", 204


@operation("POST", _ACTIONS, answers={200: Painting}, each=steering.WISHES)
def control(job_id: str, action: str) -> Response:
    """Stop, cancel, pause, resume or retry a painting."""
    steering.ask(own_painting(job_id), action)
    return jsonify(painting_json(own_painting(job_id)))


@operation("PUT", "/paintings/<id:job_id>/share", answers={200: Painting})
def share(job_id: str) -> Response:
    """Create the link that shows a finished picture to anybody."""
    return _share(job_id, shared=True)


@operation("DELETE", "/paintings/<id:job_id>/share", answers={200: Painting})
def unshare(job_id: str) -> Response:
    """Remove the link that shows it to anybody."""
    return _share(job_id, shared=False)


def _share(job_id: str, *, shared: bool) -> Response:
    job = own_painting(job_id)
    if job.result is None:
        raise RefusedError(409, "no_result", "There is no finished picture to share yet.")
    current_services().store.gallery.share(job.id, job.owner, shared=shared)
    return jsonify(painting_json(own_painting(job_id)))


@operation(
    "GET",
    "/paintings/<id:job_id>/snapshots",
    answers={200: {"snapshots": list[Snapshot]}},
    former="/paintings/<id:job_id>/frames",
)
def snapshots(job_id: str) -> Response:
    """List the snapshots that were kept while it was painted."""
    job = own_painting(job_id)
    return jsonify(
        snapshots=[
            {
                "step": snapshot.step,
                "progress": snapshot.progress,
                "width": snapshot.width,
                "height": snapshot.height,
                "picture": url_for("api.snapshot", job_id=job.id, step=snapshot.step),
            }
            for snapshot in current_services().store.snapshots.of_job(job.id)
        ]
    )


@operation(
    "GET",
    "/paintings/<id:job_id>/snapshots/<int:step>.jpg",
    answers={200: ("image/jpeg",), 304: None},
    former="/paintings/<id:job_id>/frames/<int:step>.jpg",
)
def snapshot(job_id: str, step: int) -> AnyResponse:
    """Get a snapshot."""
    job = own_painting(job_id)
    found = current_services().store.snapshots.at_step(job.id, step)
    if found is None:
        abort(404)
    return send_stored(found.key, "image/jpeg")


@operation("GET", "/paintings/<id:job_id>/preview", answers=_PICTURE)
def preview(job_id: str) -> AnyResponse:
    """Get the picture as it is now."""
    return send_preview(job_id)


@operation("GET", "/paintings/<id:job_id>/result.<ending>", answers=_PICTURE)
def result(job_id: str, ending: str) -> AnyResponse:
    """Get the finished picture, which contains its recipe."""
    job = own_painting(job_id)
    if job.result is None or ending not in TYPES:
        abort(404)
    return send_picture(job, ending)


@operation("POST", "/paintings/<id:job_id>/film.<format>", answers={202: _FILM_STATE})
def make_film(job_id: str, format: str) -> tuple[Response, int]:
    """Request a film of how a finished picture was painted."""
    state = request_film(_filmable(job_id, format), format)
    return jsonify({"state": state["state"], "percent": state["percent"]}), 202


@operation(
    "GET",
    "/paintings/<id:job_id>/film.<format>",
    answers={200: _FILM, 202: _FILM_STATE, 206: _FILM, 304: None},
)
def film(job_id: str, format: str) -> AnyResponse | tuple[Response, int, dict[str, str]]:
    """Get a film, in full or in ranges, or its progress while it is being made."""
    job = _filmable(job_id, format)
    state = film_state(job, format)
    if state["state"] == "failed":
        raise RefusedError(409, "failed", state["sentence"])
    if state["state"] in ("waiting", "making"):
        return jsonify({"state": state["state"], "percent": state["percent"]}), 202, {"Retry-After": "1"}
    return send_film(job, format)


def _filmable(job_id: str, format: str) -> Job:
    job = own_painting(job_id)
    if job.result is None or format not in FILM_FORMATS:
        abort(404)
    return job
