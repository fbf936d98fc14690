"""API requests for many paintings at once: search, download, delete and restore."""

from __future__ import annotations

from flask import Response, jsonify, request

from app.api.authentication import blueprint
from app.api.document.paintings import FILTERS
from app.api.document.schemas import DAY, Schema
from app.api.shapes import painting_json
from app.http.errors import RefusedError
from app.http.json_body import read_json
from app.http.routing import is_id
from app.http.security import visitor
from app.rules.gallery import MAX_SELECTED, parse_day, search_from_request, selected_pictures, zip_response
from app.services.services import current_services


@blueprint.get("/paintings")
def paintings() -> Response:
    """List finished pictures, newest first, or the paintings under way."""
    _refuse_unreadable()
    if request.args.get("underway") == "true":
        return jsonify(
            paintings=[painting_json(job) for job in current_services().store.jobs.active(visitor())],
            next=None,
        )
    limit = request.args.get("limit", 50, int)
    jobs = current_services().store.gallery.search(
        visitor(), search_from_request(), limit=limit + 1, before=request.args.get("before")
    )
    more = jobs[limit - 1].cursor if len(jobs) > limit else None
    return jsonify(paintings=[painting_json(job) for job in jobs[:limit]], next=more)


@blueprint.post("/paintings/zip")
def download() -> Response:
    """Send finished pictures as PNG files in one archive."""
    jobs = selected_pictures(_ids())
    if not jobs:
        raise RefusedError(
            404, "unknown_painting", "None of these ids is a finished picture of yours.", "ids"
        )
    return zip_response(jobs)


@blueprint.post("/paintings/remove")
def remove() -> Response:
    """Delete finished pictures; this can be undone for an hour."""
    count, undo = current_services().store.gallery.remove(_ids(), visitor())
    return jsonify(count=count, undo=undo)


@blueprint.post("/paintings/restore")
def restore() -> Response:
    """Restore deleted pictures."""
    return jsonify(
        count=current_services().store.gallery.restore(read_json("undo", undo=str)["undo"], visitor())
    )


def _refuse_unreadable() -> None:
    # The gallery page ignores filters it cannot read; the API refuses them.
    for name, (_, schema) in FILTERS.items():
        for sent in request.args.getlist(name):
            if not _readable(sent, schema):
                message = f"“{name}” cannot be “{sent[:40]}”. The page /api lists the possible values."
                raise RefusedError(422, "bad_value", message, name)


def _readable(text: str, schema: Schema) -> bool:
    if schema == DAY:
        return parse_day(text) is not None
    if schema.get("type") == "integer":
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        return bool(schema["minimum"] <= number <= schema["maximum"])
    return text in schema.get("enum", [text])


def _ids() -> list[str]:
    ids: list[str] = read_json("ids", ids=list)["ids"]
    if not all(isinstance(item, str) and is_id(item) for item in ids):
        raise RefusedError(422, "bad_value", "“ids” must be a list of painting ids.", "ids")
    if len(ids) > MAX_SELECTED:
        raise RefusedError(422, "bad_value", f"Send at most {MAX_SELECTED} ids.", "ids")
    return ids
