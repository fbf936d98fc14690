"""Pictures as answers: stored files, other sizes and formats, and how long browsers may keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, abort, request, url_for

from app.services.services import services
from engine.imaging import images
from jobs.job import THUMBNAIL_SIDE, Job
from jobs.media import MissingError

PHONE_SIDE = 320
"""The longer side of the thumbnails that phones show."""


TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
"""The kinds of file in which a picture can be had, by their ending."""


_ANY_PIXELS = 2**31
"""What was painted here, or taken in, is no stranger's: its size is not bounded again."""


FOREVER = "private, max-age=31536000, immutable"


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


def send_small(key: str, side: int, quality: int = 84) -> Response:
    """Return a stored picture whose longer side is at most `side`, as WebP."""
    name = f"{key}@{side}"
    return send_made(name, "image/webp", lambda: _made(name, lambda: _shrink(_read(key), side, quality)))


def _shrink(data: bytes, side: int, quality: int) -> bytes:
    found = images.read(data, max_side=side, min_side=1, max_pixels=_ANY_PIXELS)
    return images.encode(found.rgb, "webp", alpha=found.alpha, quality=quality)


def send_picture(job: Job, ending: str) -> Response:
    """Return a finished painting as a file of some kind, its recipe inside."""
    key = job.result.key  # type: ignore[union-attr]
    if ending == "png":
        return send_stored(key, TYPES["png"])
    name = f"{key}.{ending}"
    return send_made(name, TYPES[ending], lambda: _made(name, lambda: _convert(_read(key), ending)))


def _convert(data: bytes, ending: str) -> bytes:
    found = images.read(data, min_side=1, max_pixels=_ANY_PIXELS)
    kind: images.Format = "jpeg" if ending == "jpg" else "webp"
    recipe = images.read_recipe(data)
    return images.encode(found.rgb, kind, alpha=found.alpha, dpi=found.dpi, recipe=recipe)


def send_stored(key: str, mimetype: str) -> Response:
    """Return a file of media as it is."""
    return send_made(key, mimetype, lambda: _read(key))


def _made(name: str, make: Callable[[], bytes]) -> bytes:
    return services().renditions.get(name, make)


def send_made(name: str, mimetype: str, make: Callable[[], bytes]) -> Response:
    """Return a file that is made under a name, or 304 where the browser has it."""
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


def kept_for_good(response: Response) -> Response:
    """Let browsers keep an answer, since what its address names never changes."""
    response.headers["Cache-Control"] = FOREVER
    return response
