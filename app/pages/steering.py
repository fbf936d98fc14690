"""Changes to a painting under way: sliders, masks, its place in the queue, stop, pause and so on."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.http.security import visitor
from app.rules.paintings import own_painting, painting_state
from app.rules.steering import steer_masks, steer_sliders
from app.services.services import current_services
from app.wording import STEERED, TOO_LATE, deleted_sentence
from engine.errors import RecipeError
from jobs.job import DONE

blueprint = Blueprint("steering", __name__)


@blueprint.post("/paintings/<id:job_id>/masks")
def masks(job_id: str) -> AnyResponse:
    """Set or remove the mask of a style, from the next step on."""
    job = own_painting(job_id)
    place = request.form.get("place", -1, int)
    if not 0 <= place < len(job.styles):
        raise RefusedError(422, "bad_value", "This painting has no such style.", "place")
    return _steered(job_id, accepted=steer_masks(job, {place: request.form.get("mask") or None}))


@blueprint.post("/paintings/<id:job_id>/steer")
def steer(job_id: str) -> AnyResponse:
    """Apply the sliders that were moved, from the next step on."""
    job = own_painting(job_id)
    try:
        accepted = steer_sliders(job, request.form)
    except RecipeError as exc:
        if wants_json():
            raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id), 303)
    return _steered(job_id, accepted=accepted)


def _steered(job_id: str, *, accepted: bool) -> AnyResponse:
    """Tell whether a change was accepted: a script by the new state, a person by a sentence."""
    if wants_json():
        return jsonify(painting_state(own_painting(job_id)))
    flash(STEERED if accepted else TOO_LATE, "follows" if accepted else "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/place")
def place(job_id: str) -> AnyResponse:
    """Move a painting among the owner's own in the queue."""
    job = own_painting(job_id)
    position = request.form.get("place", "")
    if not position.isdecimal() or len(position) > 6:
        abort(404)
    if not current_services().store.queues.reorder(job.id, job.owner, int(position)):
        flash(TOO_LATE, "too-late")
    if request.form.get("back") == "gallery":
        return redirect(url_for("gallery.index"), 303)
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/<action>")
def control(job_id: str, action: str) -> AnyResponse:
    """Stop, cancel, pause, resume, retry or delete a painting."""
    store, owner = current_services().store, visitor()
    actions = {
        "stop": store.wishes.stop,
        "cancel": store.wishes.cancel,
        "pause": store.wishes.pause,
        "resume": store.wishes.resume,
        "retry": store.wishes.retry,
        "delete": store.wishes.delete,
    }
    job = store.jobs.find(job_id, owner)
    if action not in actions or job is None:
        abort(404)
    if action == "delete" and job.status in DONE:
        _, undo = store.gallery.remove([job_id], owner)
        flash(deleted_sentence(1, job.title), "deleted")
        return redirect(url_for("gallery.index", undo=undo), 303)
    accepted = actions[action](job_id, owner)
    if accepted and action in ("resume", "retry", "stop"):
        current_services().queue.wake(job.queue)
    if action in ("delete", "cancel"):
        ended = "deleted" if action == "delete" else "cancelled"
        flash(f"“{job.title}” was {ended}." if accepted else TOO_LATE, ended if accepted else "too-late")
        return redirect(url_for("gallery.index"), 303)
    if not accepted:
        flash(TOO_LATE, "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)
