"""Sends pictures to their owners: staged uploads, thumbnails, results, downloads."""

from __future__ import annotations

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor
from app.rules import library
from app.rules.choices import own_upload
from app.rules.files import (
    FOREVER,
    PHONE_SIDE,
    TYPES,
    kept_for_good,
    send_made,
    send_picture,
    send_small,
    send_stored,
)
from app.services.services import services
from app.wording import file_stem
from jobs.job import Job

blueprint = Blueprint("files", __name__, url_prefix="/files")

_SIDES = (320, 640, 1280)


@blueprint.get("/uploads/<id:upload_id>/<int:side>.webp")
def upload(upload_id: str, side: int) -> AnyResponse:
    """Send a staged picture, small."""
    found = own_upload(upload_id)
    if found is None or side not in _SIDES:
        abort(404)
    return kept_for_good(send_small(found.key, side))


@blueprint.get("/styles/<piece_id>/<int:side>.webp")
def style(piece_id: str, side: int) -> AnyResponse:
    """Send a picture of the library, small."""
    if library.piece(piece_id) is None or side not in _SIDES:
        abort(404)
    response = send_made(
        f"{piece_id}@{side}@{request.args.get('v', '')}",
        "image/webp",
        lambda: library.small(piece_id, side),
    )
    response.headers["Cache-Control"] = FOREVER.replace("private", "public")
    return response


@blueprint.get("/paintings/<id:job_id>/thumbnail.webp")
@blueprint.get("/paintings/<id:job_id>/thumbnail-<int:side>.webp")
def thumbnail(job_id: str, side: int | None = None) -> AnyResponse:
    """Send the thumbnail of a finished painting, or a smaller one for phones."""
    if side not in (None, PHONE_SIDE):
        abort(404)
    key = _finished(job_id).result.thumbnail_key  # type: ignore[union-attr]
    return kept_for_good(
        send_stored(key, "image/webp") if side is None else send_small(key, side, quality=70)
    )


@blueprint.get("/paintings/<id:job_id>/picture.webp")
def picture(job_id: str) -> AnyResponse:
    """Send a finished painting as it is shown on its page."""
    return kept_for_good(send_picture(_finished(job_id), "webp"))


@blueprint.get("/paintings/<id:job_id>/download.<ending>")
def download(job_id: str, ending: str) -> AnyResponse:
    """Send a finished painting as a file to keep, with its recipe inside."""
    if ending not in TYPES:
        abort(404)
    job = _finished(job_id)
    response = send_picture(job, ending)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_stem(job.title)}.{ending}"'
    return kept_for_good(response)


def _finished(job_id: str) -> Job:
    job = services().store.job(job_id, visitor()) if visitor() else None
    if job is None or job.result is None:
        abort(404)
    return job
