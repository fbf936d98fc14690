"""Picture files: staged uploads, library styles, thumbnails, results and downloads."""

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
    cache_forever,
    send_generated,
    send_picture,
    send_small,
    send_stored,
)
from app.services.services import current_services
from app.wording import file_stem
from jobs.job import Job

blueprint = Blueprint("files", __name__, url_prefix="/files")

_SIDES = (320, 640, 1280)


@blueprint.get("/uploads/<id:upload_id>/<int:side>.webp")
def upload(upload_id: str, side: int) -> AnyResponse:
    """Send a staged picture in a small size."""
    staged = own_upload(upload_id)
    if staged is None or side not in _SIDES:
        abort(404)
    return cache_forever(send_small(staged.key, side))


@blueprint.get("/styles/<picture_id>/<int:side>.webp")
def style(picture_id: str, side: int) -> AnyResponse:
    """Send a picture of the library in a small size."""
    if library.find(picture_id) is None or side not in _SIDES:
        abort(404)
    response = send_generated(
        f"{picture_id}@{side}@{request.args.get('v', '')}",
        "image/webp",
        lambda: library.small(picture_id, side),
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
    return cache_forever(
        send_stored(key, "image/webp") if side is None else send_small(key, side, quality=70)
    )


@blueprint.get("/paintings/<id:job_id>/picture.webp")
def picture(job_id: str) -> AnyResponse:
    """Send a finished painting as it is shown on its page."""
    return cache_forever(send_picture(_finished(job_id), "webp"))


@blueprint.get("/paintings/<id:job_id>/download.<ending>")
def download(job_id: str, ending: str) -> AnyResponse:
    """Send a finished painting as a download that contains its recipe."""
    if ending not in TYPES:
        abort(404)
    job = _finished(job_id)
    response = send_picture(job, ending)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_stem(job.title)}.{ending}"'
    return cache_forever(response)


def _finished(job_id: str) -> Job:
    job = current_services().store.jobs.find(job_id, visitor()) if visitor() else None
    if job is None or job.result is None:
        abort(404)
    return job
