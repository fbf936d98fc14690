"""What an owner asks of a painting under way: sliders, masks, its place in the queue, stop and the like."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.http.security import visitor
from app.rules.paintings import owned, state_of
from app.rules.steering import steer_masks, steer_sliders
from app.services.services import services
from app.wording import (
    FOLLOWS,
    TOO_LATE,
    deleted,
)
from engine.errors import RecipeError
from jobs.job import DONE

blueprint = Blueprint("steering", __name__)


@blueprint.post("/paintings/<id:job_id>/masks")
def masks(job_id: str) -> AnyResponse:
    """Take a mask for one of the styles, or none; the painter follows at its next step."""
    job = owned(job_id)
    place = request.form.get("place", -1, int)
    if not 0 <= place < len(job.styles):
        raise RefusedError(422, "bad_value", "There is no such style.", "place")
    took = steer_masks(job, {place: request.form.get("mask") or None})
    if wants_json():
        return jsonify(state_of(owned(job_id)))
    flash(FOLLOWS if took else TOO_LATE, "follows" if took else "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/steer")
def steer(job_id: str) -> AnyResponse:
    """Take the sliders that were moved; the painter follows at its next step."""
    job = owned(job_id)
    try:
        took = steer_sliders(job, request.form)
    except RecipeError as exc:
        if wants_json():
            raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
        flash(str(exc), exc.code)
    else:
        if wants_json():
            return jsonify(state_of(owned(job_id)))
        flash(FOLLOWS if took else TOO_LATE, "follows" if took else "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/place")
def place(job_id: str) -> AnyResponse:
    """Paint it sooner or later than one's other paintings."""
    job = owned(job_id)
    wanted = request.form.get("place", "")
    if not wanted.isdecimal() or len(wanted) > 6:
        abort(404)
    if not services().store.reorder(job.id, job.owner, int(wanted)):
        flash(TOO_LATE, "too-late")
    if request.form.get("back") == "gallery":
        return redirect(url_for("gallery.index"), 303)
    return redirect(url_for("paintings.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/<wish>")
def wish(job_id: str, wish: str) -> AnyResponse:
    """Pass on what an owner wishes for a painting."""
    store, owner = services().store, visitor()
    wishes = {
        "stop": store.request_stop,
        "cancel": store.cancel,
        "pause": store.pause,
        "resume": store.resume,
        "retry": store.retry,
        "delete": store.delete,
    }
    job = store.job(job_id, owner)
    if wish not in wishes or job is None:
        abort(404)
    if wish == "delete" and job.status in DONE:
        _, undo = store.remove([job_id], owner)
        flash(deleted(1, job.title), "deleted")
        return redirect(url_for("gallery.index", undo=undo), 303)
    took = wishes[wish](job_id, owner)
    if took and wish in ("resume", "retry", "stop"):
        services().queue.wake(job.queue)
    if wish in ("delete", "cancel"):
        ended = "deleted" if wish == "delete" else "cancelled"
        flash(f"“{job.title}” was {ended}." if took else TOO_LATE, ended if took else "too-late")
        return redirect(url_for("gallery.index"), 303)
    if not took:
        flash(TOO_LATE, "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)
