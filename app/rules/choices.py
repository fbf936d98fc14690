"""Finds the pictures that a request names: the visitor's own uploads and the library's styles."""

from __future__ import annotations

from typing import Any

from app.http.errors import RefusedError
from app.http.routing import is_id
from app.http.security import visitor
from app.rules import library
from app.services.services import current_services
from jobs.job import Upload


def own_upload(upload_id: Any) -> Upload | None:
    """Return one of the visitor's uploads, or None; `upload_id` may be any value that was sent."""
    valid = isinstance(upload_id, str) and is_id(upload_id)
    return current_services().store.uploads.find(upload_id, visitor()) if valid and visitor() else None


def require_upload(upload_id: Any, field: str) -> Upload:
    """Return one of the visitor's uploads.

    Raises:
        RefusedError: there is no such upload; the error names `field`.
    """
    upload = own_upload(upload_id)
    if upload is None:
        message = "You have no such picture, or it is no longer stored. Please send it again."
        raise RefusedError(404, "unknown_upload", message, field)
    return upload


def require_style(chosen: Any) -> Upload:
    """Return a style, from the library or the visitor's uploads; raises as `require_upload`."""
    picture = library.find(chosen) if isinstance(chosen, str) else None
    return library.stage_picture(picture, "style", visitor()) if picture else require_upload(chosen, "styles")
