"""Films of how a picture was painted: made on the first request, then sent like any file."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.rules.films import film_state, request_film, send_film
from app.rules.paintings import own_painting
from engine.imaging.film_formats import FILM_FORMATS
from jobs.job import DONE, Job

blueprint = Blueprint("films", __name__)

_FORMAT = f"<any({', '.join(FILM_FORMATS)}):format>"


@blueprint.get("/paintings/<id:job_id>/film.<format>")
def film(job_id: str, format: str) -> AnyResponse:
    """Send a finished film, or the requested part of it."""
    if format not in FILM_FORMATS:
        abort(404)
    return send_film(_finished_painting(job_id), format)


@blueprint.post(f"/paintings/<id:job_id>/films/{_FORMAT}")
def make(job_id: str, format: str) -> AnyResponse:
    """Request a film, which is made in the background."""
    job = _finished_painting(job_id)
    try:
        state = request_film(job, format)
    except RefusedError as exc:
        if wants_json():
            raise
        flash(str(exc), exc.code)
    else:
        if wants_json():
            response = jsonify(state)
            response.status_code = 200 if state["state"] == "ready" else 202
            return response
    return redirect(url_for("paintings.show", job_id=job_id, film=format, _anchor="film"), 303)


@blueprint.get(f"/paintings/<id:job_id>/films/{_FORMAT}")
def status(job_id: str, format: str) -> AnyResponse:
    """Return the state of a film as JSON."""
    response = jsonify(film_state(_finished_painting(job_id), format))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _finished_painting(job_id: str) -> Job:
    job = own_painting(job_id)
    if job.status not in DONE:
        abort(404)
    return job
