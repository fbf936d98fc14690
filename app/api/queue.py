"""In which order one's own paintings wait."""

from __future__ import annotations

from flask import Response, jsonify

from app.api.authentication import blueprint
from app.api.shapes import painting_shape, too_late
from app.http.errors import RefusedError
from app.http.json_body import body
from app.http.security import visitor
from app.rules.paintings import owned
from app.services.services import services
from jobs.job import Queue

_LAST = 100_000


@blueprint.get("/queue")
def queue() -> Response:
    """List what waits, first to be painted first; what takes seconds has its own queue and comes last."""
    store, owner = services().store, visitor()
    waiting = [job for queue in Queue for job in store.own_queue(owner, queue)]
    return jsonify(paintings=[painting_shape(job) for job in waiting])


@blueprint.put("/paintings/<id:job_id>/place")
def place(job_id: str) -> Response:
    """Move a waiting painting to a place, from 0, among one's own."""
    job = owned(job_id)
    wanted = body("place", place=int)["place"]
    if not 0 <= wanted <= _LAST:
        raise RefusedError(422, "bad_value", f"A place is 0 to {_LAST}.", "place")
    if not services().store.reorder(job.id, job.owner, wanted):
        raise too_late()
    return queue()
