"""API requests for the order of the caller's waiting paintings."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import Field

from app.api.models import Painting
from app.api.operations import operation
from app.api.shapes import painting_json
from app.http.json_body import WHOLE
from app.http.security import visitor
from app.rules.steering import move
from app.services.services import current_services
from jobs.job import Job, Queue

_QUEUE = {200: {"paintings": list[Painting]}}
_PLACE = {"place": Annotated[int, Field(ge=0, le=100_000), WHOLE]}


@operation("GET", "/queue", answers=_QUEUE)
def queue() -> Response:
    """List your waiting paintings in the order of painting; those of the quick queue come last."""
    return _listed()


def _listed() -> Response:
    store, owner = current_services().store, visitor()
    waiting = [job for queue in Queue for job in store.queues.of_owner(owner, queue)]
    return jsonify(paintings=[painting_json(job) for job in waiting])


@operation("PUT", "/paintings/<id:job_id>/place", json=_PLACE, answers=_QUEUE)
def place(job: Job, sent: dict[str, Any]) -> Response:
    """Move a waiting painting to a place, counted from 0, among your own."""
    move(job, sent["place"])
    return _listed()
