"""API requests for the order of the caller's waiting paintings."""

from __future__ import annotations

from flask import Response, jsonify

from app.api.authentication import blueprint
from app.api.shapes import painting_json
from app.http.errors import RefusedError
from app.http.json_body import read_json
from app.http.security import visitor
from app.rules.paintings import own_painting
from app.rules.steering import move
from app.services.services import current_services
from jobs.job import Queue

_LAST = 100_000


@blueprint.get("/queue")
def queue() -> Response:
    """List waiting paintings in the order of painting; those of the quick queue come last."""
    store, owner = current_services().store, visitor()
    waiting = [job for queue in Queue for job in store.queues.of_owner(owner, queue)]
    return jsonify(paintings=[painting_json(job) for job in waiting])


@blueprint.put("/paintings/<id:job_id>/place")
def place(job_id: str) -> Response:
    """Move a waiting painting to a place, counted from 0, among the caller's own."""
    job = own_painting(job_id)
    position = read_json("place", place=int)["place"]
    if not 0 <= position <= _LAST:
        raise RefusedError(422, "bad_value", f"A place must be 0 to {_LAST}.", "place")
    move(job, position)
    return queue()
