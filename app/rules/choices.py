"""The pictures that a visitor names: uploads of their own, and the library's styles."""

from __future__ import annotations

from typing import Any

from app.http.errors import RefusedError
from app.http.routing import is_id
from app.http.security import visitor
from app.rules import library
from app.services.services import services
from jobs.job import Upload


def own_upload(upload_id: Any) -> Upload | None:
    """Return an upload of the visitor's, or None; `upload_id` may be anything that was sent."""
    named = isinstance(upload_id, str) and is_id(upload_id)
    return services().store.upload(upload_id, visitor()) if named and visitor() else None


def upload_of(upload_id: Any, field: str) -> Upload:
    """Find an upload of the visitor's.

    Raises:
        RefusedError: there is none; it names `field`.
    """
    found = own_upload(upload_id)
    if found is None:
        says = "There is no such picture of yours, or it is no longer kept; send it again."
        raise RefusedError(404, "unknown_upload", says, field)
    return found


def style_of(chosen: Any) -> Upload:
    """Find a style: the visitor's own upload, or one of the library's; raises as `upload_of`."""
    piece = library.piece(chosen) if isinstance(chosen, str) else None
    return library.stage_piece(piece, "style", visitor()) if piece else upload_of(chosen, "styles")
