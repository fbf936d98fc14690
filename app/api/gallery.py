"""API requests for many paintings at once: search, download, delete and restore."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import Field

from app.api.models import Filters, Painting
from app.api.operations import operation
from app.api.shapes import painting_json
from app.http.errors import RefusedError
from app.http.json_body import Id, Text
from app.http.security import visitor
from app.rules.gallery import MAX_SELECTED, search_from_request, selected_pictures, zip_response
from app.services.services import current_services

_SELECTED = {"ids": Annotated[list[Id], Field(max_length=MAX_SELECTED)]}


@operation(
    "GET", "/paintings", query=Filters, answers={200: {"paintings": list[Painting], "next": str | None}}
)
def paintings(query: dict[str, Any]) -> Response:
    """List finished pictures, newest first, or the paintings under way."""
    if query.get("underway") == "true":
        active = current_services().store.jobs.active(visitor())
        return jsonify(paintings=[painting_json(job) for job in active], next=None)
    limit = query.get("limit", 50)
    jobs = current_services().store.gallery.search(
        visitor(), search_from_request(), limit=limit + 1, before=query.get("before")
    )
    more = jobs[limit - 1].cursor if len(jobs) > limit else None
    return jsonify(paintings=[painting_json(job) for job in jobs[:limit]], next=more)


@operation("POST", "/paintings/zip", json=_SELECTED, answers={200: ("application/zip",)}, name="zip")
def download(sent: dict[str, Any]) -> Response:
    """Download finished pictures as PNG files in one archive."""
    jobs = selected_pictures(sent["ids"])
    if not jobs:
        raise RefusedError(
            404, "unknown_painting", "None of these ids is a finished picture of yours.", "ids"
        )
    return zip_response(jobs)


@operation("POST", "/paintings/remove", json=_SELECTED, answers={200: {"count": int, "undo": str}})
def remove(sent: dict[str, Any]) -> Response:
    """Delete finished pictures; you can undo this for an hour."""
    count, undo = current_services().store.gallery.remove(sent["ids"], visitor())
    return jsonify(count=count, undo=undo)


@operation("POST", "/paintings/restore", json={"undo": Text}, answers={200: {"count": int}})
def restore(sent: dict[str, Any]) -> Response:
    """Restore deleted pictures."""
    return jsonify(count=current_services().store.gallery.restore(sent["undo"], visitor()))
