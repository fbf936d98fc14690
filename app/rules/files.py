"""Responses that send pictures: stored files and other sizes and formats, with caching headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, abort, request, url_for

from app.services.services import current_services
from engine.imaging import images
from jobs.job import THUMBNAIL_SIDE, Job
from jobs.media import MissingError

PHONE_SIDE = 320
"""The longer side of a phone's thumbnails, in pixels."""
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
"""The media types of downloads, by file ending."""
_ANY_PIXELS = 2**31
"""Stored pictures were checked when they came in, so their size needs no second limit."""
FOREVER = "private, max-age=31536000, immutable"


def thumbnails(job: Job) -> str:
    """Return a finished painting's thumbnails as a `srcset`; empty if there is only one size."""
    width, height = job.result.width, job.result.height  # type: ignore[union-attr]
    longer = max(width, height)
    if longer <= PHONE_SIDE:
        return ""
    full = url_for("files.thumbnail", job_id=job.id)
    small = url_for("files.thumbnail", job_id=job.id, side=PHONE_SIDE)
    full_width = round(width * min(1, THUMBNAIL_SIDE / longer))
    return f"{small} {round(width * PHONE_SIDE / longer)}w, {full} {full_width}w"


def send_small(key: str, side: int, quality: int = 84) -> Response:
    """Return a stored picture whose longer side is at most `side`, as WebP."""
    name = f"{key}@{side}"
    return send_generated(
        name, "image/webp", lambda: _rendition(name, lambda: _shrink(_read(key), side, quality))
    )


def _shrink(data: bytes, side: int, quality: int) -> bytes:
    picture = images.read(data, max_side=side, min_side=1, max_pixels=_ANY_PIXELS)
    return images.encode(picture.rgb, "webp", alpha=picture.alpha, quality=quality)


def send_picture(job: Job, ending: str) -> Response:
    """Return a finished painting in a file format, with its recipe inside."""
    key = job.result.key  # type: ignore[union-attr]
    if ending == "png":
        return send_stored(key, TYPES["png"])
    name = f"{key}.{ending}"
    return send_generated(name, TYPES[ending], lambda: _rendition(name, lambda: _convert(_read(key), ending)))


def _convert(data: bytes, ending: str) -> bytes:
    picture = images.read(data, min_side=1, max_pixels=_ANY_PIXELS)
    format_: images.Format = "jpeg" if ending == "jpg" else "webp"
    recipe = images.read_recipe(data)
    return images.encode(picture.rgb, format_, alpha=picture.alpha, dpi=picture.dpi, recipe=recipe)


def send_stored(key: str, mimetype: str) -> Response:
    """Return a stored file unchanged."""
    return send_generated(key, mimetype, lambda: _read(key))


def _rendition(name: str, make: Callable[[], bytes]) -> bytes:
    return current_services().renditions.get(name, make)


def send_generated(name: str, mimetype: str, make: Callable[[], bytes]) -> Response:
    """Return the file that `make` creates under a name, or 304 if the browser has it."""
    # The file under a name never changes, so the name identifies its version.
    etag = hashlib.sha256(name.encode()).hexdigest()[:24]
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        response = Response(make(), mimetype=mimetype)
    response.set_etag(etag)
    return response


def _read(key: str) -> bytes:
    try:
        return current_services().media.get(key)
    except MissingError:
        abort(404)


def cache_forever(response: Response) -> Response:
    """Let browsers cache a response for good, since the file under its address never changes."""
    response.headers["Cache-Control"] = FOREVER
    return response
