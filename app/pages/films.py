"""Films of how a picture was painted: made when somebody first asks, then sent like any file."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.pages.paintings import owned
from app.rules.films import ask, film_state, send_film
from engine.imaging.film_formats import KINDS
from jobs.job import DONE, Job

blueprint = Blueprint("films", __name__)

_KIND = f"<any({', '.join(KINDS)}):kind>"


@blueprint.get("/paintings/<id:job_id>/film.<kind>")
def film(job_id: str, kind: str) -> AnyResponse:
    """Send a film that is there, or the part of it that was asked for."""
    if kind not in KINDS:
        abort(404)
    return send_film(_done(job_id), kind)


@blueprint.post(f"/paintings/<id:job_id>/films/{_KIND}")
def make(job_id: str, kind: str) -> AnyResponse:
    """Ask for a film; it is made in the background."""
    job = _done(job_id)
    try:
        state = ask(job, kind)
    except RefusedError as exc:
        if wants_json():
            raise
        flash(str(exc), exc.code)
    else:
        if wants_json():
            response = jsonify(state)
            response.status_code = 200 if state["state"] == "ready" else 202
            return response
    return redirect(url_for("paintings.show", job_id=job_id, film=kind, _anchor="film"), 303)


@blueprint.get(f"/paintings/<id:job_id>/films/{_KIND}")
def status(job_id: str, kind: str) -> AnyResponse:
    """Say where a film stands, as JSON."""
    response = jsonify(film_state(_done(job_id), kind))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _done(job_id: str) -> Job:
    job = owned(job_id)
    if job.status not in DONE:
        abort(404)
    return job
