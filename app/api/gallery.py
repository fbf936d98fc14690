"""Many paintings at once."""

from __future__ import annotations

from flask import Response, jsonify, request

from app.api.authentication import blueprint
from app.api.document.schemas import DAY, Schema
from app.api.document.showing import FILTERS
from app.api.shapes import painting_shape
from app.http.errors import RefusedError
from app.http.json_body import body
from app.http.routing import is_id
from app.http.security import visitor
from app.rules.gallery import MOST_CHOSEN, chosen, day, wanted, zip_of
from app.services.services import services


@blueprint.get("/paintings")
def paintings() -> Response:
    """List finished pictures, newest first; or what is under way."""
    _refuse_unreadable()
    if request.args.get("underway") == "true":
        return jsonify(
            paintings=[painting_shape(job) for job in services().store.active(visitor())], next=None
        )
    limit = request.args.get("limit", 50, int)
    found = services().store.search(visitor(), wanted(), limit=limit + 1, before=request.args.get("before"))
    more = found[limit - 1].cursor if len(found) > limit else None
    return jsonify(paintings=[painting_shape(job) for job in found[:limit]], next=more)


@blueprint.post("/paintings/zip")
def download() -> Response:
    """Send finished pictures as PNG files in one archive."""
    jobs = chosen(_ids())
    if not jobs:
        raise RefusedError(404, "unknown_painting", "None of these is a finished picture of yours.", "ids")
    return zip_of(jobs)


@blueprint.post("/paintings/remove")
def remove() -> Response:
    """Take finished pictures down; for an hour that can be undone."""
    count, undo = services().store.remove(_ids(), visitor())
    return jsonify(count=count, undo=undo)


@blueprint.post("/paintings/restore")
def restore() -> Response:
    """Hang up again what was taken down."""
    return jsonify(count=services().store.restore(body("undo", undo=str)["undo"], visitor()))


def _refuse_unreadable() -> None:
    # A person's gallery passes over what makes no sense; a program is told.
    for name, (_, schema) in FILTERS.items():
        for sent in request.args.getlist(name):
            if not _readable(sent, schema):
                says = f"“{name}” cannot be “{sent[:40]}”; the page /api says what it may be."
                raise RefusedError(422, "bad_value", says, name)


def _readable(text: str, schema: Schema) -> bool:
    if schema == DAY:
        return day(text) is not None
    if schema.get("type") == "integer":
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        return bool(schema["minimum"] <= number <= schema["maximum"])
    return text in schema.get("enum", [text])


def _ids() -> list[str]:
    ids: list[str] = body("ids", ids=list)["ids"]
    if not all(isinstance(item, str) and is_id(item) for item in ids):
        raise RefusedError(422, "bad_value", "Give the ids of paintings.", "ids")
    if len(ids) > MOST_CHOSEN:
        raise RefusedError(422, "bad_value", f"Give {MOST_CHOSEN} ids at most.", "ids")
    return ids
