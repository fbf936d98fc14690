"""Sends pictures to their owners: staged uploads, thumbnails, results, downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor
from app.rules import library
from app.rules.choices import own_upload
from app.services.services import services
from app.wording import file_stem
from engine.imaging import images
from jobs.job import THUMBNAIL_SIDE, Job
from jobs.media import MissingError

blueprint = Blueprint("files", __name__, url_prefix="/files")

_SIDES = (320, 640, 1280)
PHONE_SIDE = 320
"""The longer side of the thumbnails that phones show."""
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
"""The kinds of file in which a picture can be had, by their ending."""
_ANY_PIXELS = 2**31
"""What was painted here, or taken in, is no stranger's: its size is not bounded again."""
_FOREVER = "private, max-age=31536000, immutable"


@blueprint.get("/uploads/<id:upload_id>/<int:side>.webp")
def upload(upload_id: str, side: int) -> AnyResponse:
    """Send a staged picture, small."""
    found = own_upload(upload_id)
    if found is None or side not in _SIDES:
        abort(404)
    return _keep(send_small(found.key, side))


@blueprint.get("/styles/<piece_id>/<int:side>.webp")
def style(piece_id: str, side: int) -> AnyResponse:
    """Send a picture of the library, small."""
    if library.piece(piece_id) is None or side not in _SIDES:
        abort(404)
    response = _conditional(
        f"{piece_id}@{side}@{request.args.get('v', '')}",
        "image/webp",
        lambda: library.small(piece_id, side),
    )
    response.headers["Cache-Control"] = _FOREVER.replace("private", "public")
    return response


@blueprint.get("/paintings/<id:job_id>/thumbnail.webp")
@blueprint.get("/paintings/<id:job_id>/thumbnail-<int:side>.webp")
def thumbnail(job_id: str, side: int | None = None) -> AnyResponse:
    """Send a finished painting's thumbnail, or for a small screen a smaller one."""
    if side not in (None, PHONE_SIDE):
        abort(404)
    key = _finished(job_id).result.thumbnail_key  # type: ignore[union-attr]
    return _keep(send_stored(key, "image/webp") if side is None else send_small(key, side, quality=70))


def thumbnails(job: Job) -> str:
    """Return a finished painting's thumbnails as an image's `srcset`, empty where there is one only."""
    width, height = job.result.width, job.result.height  # type: ignore[union-attr]
    longer = max(width, height)
    if longer <= PHONE_SIDE:
        return ""
    whole = url_for("files.thumbnail", job_id=job.id)
    small = url_for("files.thumbnail", job_id=job.id, side=PHONE_SIDE)
    wide = round(width * min(1, THUMBNAIL_SIDE / longer))
    return f"{small} {round(width * PHONE_SIDE / longer)}w, {whole} {wide}w"


@blueprint.get("/paintings/<id:job_id>/picture.webp")
def picture(job_id: str) -> AnyResponse:
    """Send a finished painting as it is shown on its page."""
    return _keep(send_picture(_finished(job_id), "webp"))


@blueprint.get("/paintings/<id:job_id>/download.<ending>")
def download(job_id: str, ending: str) -> AnyResponse:
    """Send a finished painting as a file to keep, with its recipe inside."""
    if ending not in TYPES:
        abort(404)
    job = _finished(job_id)
    response = send_picture(job, ending)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_stem(job.title)}.{ending}"'
    return _keep(response)


def send_small(key: str, side: int, quality: int = 84) -> Response:
    """Return a stored picture whose longer side is at most `side`, as WebP."""
    name = f"{key}@{side}"
    return _conditional(name, "image/webp", lambda: _made(name, lambda: _shrink(_read(key), side, quality)))


def _shrink(data: bytes, side: int, quality: int) -> bytes:
    found = images.read(data, max_side=side, min_side=1, max_pixels=_ANY_PIXELS)
    return images.encode(found.rgb, "webp", alpha=found.alpha, quality=quality)


def _finished(job_id: str) -> Job:
    job = services().store.job(job_id, visitor()) if visitor() else None
    if job is None or job.result is None:
        abort(404)
    return job


def send_picture(job: Job, ending: str) -> Response:
    """Return a finished painting as a file of some kind, its recipe inside."""
    key = job.result.key  # type: ignore[union-attr]
    if ending == "png":
        return send_stored(key, TYPES["png"])
    name = f"{key}.{ending}"
    return _conditional(name, TYPES[ending], lambda: _made(name, lambda: _convert(_read(key), ending)))


def _convert(data: bytes, ending: str) -> bytes:
    found = images.read(data, min_side=1, max_pixels=_ANY_PIXELS)
    kind: images.Format = "jpeg" if ending == "jpg" else "webp"
    recipe = images.read_recipe(data)
    return images.encode(found.rgb, kind, alpha=found.alpha, dpi=found.dpi, recipe=recipe)


def send_stored(key: str, mimetype: str) -> Response:
    """Return a file of media as it is."""
    return _conditional(key, mimetype, lambda: _read(key))


def _made(name: str, make: Callable[[], bytes]) -> bytes:
    return services().renditions.get(name, make)


def _conditional(name: str, mimetype: str, make: Callable[[], bytes]) -> Response:
    # What lies under a key never changes, so its name is its version.
    etag = hashlib.sha256(name.encode()).hexdigest()[:24]
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        response = Response(make(), mimetype=mimetype)
    response.set_etag(etag)
    return response


def _read(key: str) -> bytes:
    try:
        return services().media.get(key)
    except MissingError:
        abort(404)


def _keep(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOREVER
    return response
