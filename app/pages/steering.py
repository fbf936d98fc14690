"""Changes to a painting under way: sliders, masks, its place in the queue, stop, pause and so on."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, TooLateError, wants_json
from app.rules import steering
from app.rules.paintings import own_painting, painting_state
from app.wording import STEERED, deleted_sentence
from engine.errors import RecipeError
from jobs.job import Job

blueprint = Blueprint("steering", __name__)


@blueprint.errorhandler(TooLateError)
def _too_late(error: TooLateError) -> AnyResponse:
    return _answer(str(error), "too-late")


def _answer(sentence: str, code: str) -> AnyResponse:
    """Tell a script by the new state what became of its request, and a person by a sentence."""
    if wants_json():
        return jsonify(painting_state(own_painting(_asked()["job_id"])))
    flash(sentence, code)
    return _back()


def _back() -> AnyResponse:
    """Lead to the page that the request came from, or to the gallery if the painting has gone."""
    asked = _asked()
    if request.form.get("back") == "gallery" or asked.get("action") in ("cancel", "delete"):
        return redirect(url_for("gallery.index"), 303)
    return redirect(url_for("paintings.show", job_id=asked["job_id"]), 303)


def _asked() -> dict[str, str]:
    return request.view_args or {}


@blueprint.post("/paintings/<id:job_id>/masks")
def masks(job_id: str) -> AnyResponse:
    """Set or remove the mask of a style, from the next step on."""
    job = own_painting(job_id)
    place = request.form.get("place", -1, int)
    if not 0 <= place < len(job.styles):
        raise RefusedError(422, "bad_value", "This painting has no such style.", "place")
    steering.steer_masks(job, {place: request.form.get("mask") or None})
    return _answer(STEERED, "follows")


@blueprint.post("/paintings/<id:job_id>/steer")
def steer(job_id: str) -> AnyResponse:
    """Apply the sliders that were moved, from the next step on."""
    try:
        steering.steer_sliders(own_painting(job_id), request.form)
    except RecipeError as exc:
        if wants_json():
            raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
        return _answer(str(exc), exc.code)
    return _answer(STEERED, "follows")


@blueprint.post("/paintings/<id:job_id>/place")
def place(job_id: str) -> AnyResponse:
    """Move a painting among the owner's own in the queue."""
    position = request.form.get("place", "")
    if not position.isdecimal() or len(position) > 6:
        abort(404)
    steering.move(own_painting(job_id), int(position))
    return _back()


@blueprint.post("/paintings/<id:job_id>/<action>")
def control(job_id: str, action: str) -> AnyResponse:
    """Stop, cancel, pause, resume, retry or delete a painting."""
    if action != "delete" and action not in steering.WISHES:
        abort(404)
    job = own_painting(job_id)
    if action == "delete":
        return _delete(job)
    steering.ask(job, action)
    if action == "cancel":
        flash(f"“{job.title}” was cancelled.", "cancelled")
    return _back()


def _delete(job: Job) -> AnyResponse:
    undo = steering.delete(job)
    flash(deleted_sentence(1, job.title) if undo else f"“{job.title}” was deleted.", "deleted")
    return redirect(url_for("gallery.index", undo=undo), 303)
