"""The title, rating and note of a picture, and the link that shows it to others."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.rules.files import send_picture
from app.rules.gallery import MAX_NOTE_LENGTH, MAX_TITLE_LENGTH
from app.rules.paintings import own_painting
from app.services.services import current_services
from jobs.job import Job
from jobs.store.gallery import MAX_STARS

blueprint = Blueprint("labels", __name__)


@blueprint.post("/paintings/<id:job_id>/label")
def write(job_id: str) -> AnyResponse:
    """Save the title, rating and note, as far as they were sent."""
    job = own_painting(job_id)
    title = request.form.get("title")
    rating = request.form.get("rating")
    if rating is not None and rating not in map(str, range(MAX_STARS + 1)):
        raise RefusedError(422, "bad_value", f"A rating must be 1 to {MAX_STARS}, or 0 for none.", "rating")
    note = request.form.get("note")
    current_services().store.gallery.write_label(
        job.id,
        job.owner,
        title=" ".join(title.split())[:MAX_TITLE_LENGTH] or job.title if title is not None else None,
        rating=int(rating) if rating is not None else None,
        note=note.replace("\r\n", "\n").strip()[:MAX_NOTE_LENGTH] if note is not None else None,
    )
    if wants_json():
        label = current_services().store.gallery.labels([job.id])[job.id]
        return jsonify(title=own_painting(job_id).title, rating=label.rating, note=label.note)
    flash("Saved.", "written")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/share")
def share(job_id: str) -> AnyResponse:
    """Create the link that shows a finished picture to anybody, or remove it."""
    job = own_painting(job_id)
    if job.result is None:
        abort(404)
    shared = request.form.get("shared") == "yes"
    current_services().store.gallery.share(job.id, job.owner, shared=shared)
    ended = None if shared else "ended"
    return redirect(url_for("paintings.show", job_id=job_id, sharing=ended, _anchor="sharing"), 303)


@blueprint.get("/shared/<key>")
def shared(key: str) -> str:
    """Show a picture to anyone who has its link."""
    return render_template("shared.html", job=_shared(key), key=key)


@blueprint.get("/shared/<key>/picture.webp")
def shared_picture(key: str) -> AnyResponse:
    """Send the picture of a link, uncached because the link may be removed."""
    response = send_picture(_shared(key), "webp")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _shared(key: str) -> Job:
    job = current_services().store.gallery.shared(key)
    if job is None or job.result is None:
        abort(404)
    return job
