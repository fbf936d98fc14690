"""What an owner writes beside a picture, and the link by which others may see it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.rules.files import send_picture
from app.rules.gallery import LONGEST_NOTE, LONGEST_TITLE
from app.rules.paintings import owned
from app.services.services import services
from jobs.job import Job
from jobs.store.labels import MOST_STARS

blueprint = Blueprint("labels", __name__)


@blueprint.post("/paintings/<id:job_id>/label")
def write(job_id: str) -> AnyResponse:
    """Keep a title, a rating and a note, as far as they were sent."""
    job = owned(job_id)
    title = request.form.get("title")
    rating = request.form.get("rating")
    if rating is not None and rating not in map(str, range(MOST_STARS + 1)):
        raise RefusedError(422, "bad_value", f"A rating is 1 to {MOST_STARS}, or 0 for none.", "rating")
    note = request.form.get("note")
    services().store.write_label(
        job.id,
        job.owner,
        title=" ".join(title.split())[:LONGEST_TITLE] or job.title if title is not None else None,
        rating=int(rating) if rating is not None else None,
        note=note.replace("\r\n", "\n").strip()[:LONGEST_NOTE] if note is not None else None,
    )
    if wants_json():
        label = services().store.labels([job.id])[job.id]
        return jsonify(title=owned(job_id).title, rating=label.rating, note=label.note)
    flash("Written down.", "written")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/share")
def share(job_id: str) -> AnyResponse:
    """Make the link that shows a finished picture to anybody, or take it back."""
    job = owned(job_id)
    if job.result is None:
        abort(404)
    shared = request.form.get("shared") == "yes"
    services().store.share(job.id, job.owner, shared=shared)
    ended = None if shared else "ended"
    return redirect(url_for("paintings.show", job_id=job_id, sharing=ended, _anchor="sharing"), 303)


@blueprint.get("/shared/<key>")
def shared(key: str) -> str:
    """Show a picture to whoever has its link."""
    return render_template("shared.html", job=_shared(key), key=key)


@blueprint.get("/shared/<key>/picture.webp")
def shared_picture(key: str) -> AnyResponse:
    """Send the picture of a link; not to be kept, since the link may be taken back."""
    response = send_picture(_shared(key), "webp")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _shared(key: str) -> Job:
    job = services().store.job_by_share_key(key)
    if job is None or job.result is None:
        abort(404)
    return job
