"""Many paintings at once."""

from __future__ import annotations

from flask import Response, jsonify, request

from app.api.gate import blueprint
from app.api.shapes import painting_shape
from app.body import body
from app.errors import RefusedError
from app.gallery import chosen, wanted, zip_of
from app.security import visitor
from app.studio import studio

_MOST = 100


@blueprint.get("/paintings")
def paintings() -> Response:
    """List finished pictures, newest first; or what is under way."""
    if request.args.get("underway") == "true":
        return jsonify(paintings=[painting_shape(job) for job in studio().store.active(visitor())], next=None)
    limit = min(max(request.args.get("limit", 50, int), 1), _MOST)
    found = studio().store.search(visitor(), wanted(), limit=limit + 1, before=request.args.get("before"))
    more = found[limit - 1].cursor if len(found) > limit else None
    return jsonify(paintings=[painting_shape(job) for job in found[:limit]], next=more)


@blueprint.post("/paintings/zip")
def download() -> Response:
    """Send finished pictures as PNG files in one archive."""
    jobs = chosen(_ids())
    if not jobs:
        raise RefusedError(422, "bad_value", "None of these is a finished picture of yours.", "ids")
    return zip_of(jobs)


@blueprint.post("/paintings/remove")
def remove() -> Response:
    """Take finished pictures down; for an hour that can be undone."""
    count, undo = studio().store.remove(_ids(), visitor())
    return jsonify(count=count, undo=undo)


@blueprint.post("/paintings/restore")
def restore() -> Response:
    """Hang up again what was taken down."""
    return jsonify(count=studio().store.restore(body(undo=str).get("undo", ""), visitor()))


def _ids() -> list[str]:
    ids: list[str] = body(ids=list).get("ids", [])
    if not all(isinstance(item, str) and item.isalnum() for item in ids):
        raise RefusedError(422, "bad_value", "Give the ids of paintings.", "ids")
    return ids
