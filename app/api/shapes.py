"""What the API reads and answers: recipes, pictures and paintings as JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from app.http.errors import RefusedError
from app.rules.paintings import state_of
from app.services.services import services
from app.wording import TOO_LATE
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs, with_current_names
from jobs.job import Job, Upload

LONGEST_LINE = 200


def recipe_of(values: dict[str, Any], base: Recipe | None = None) -> Recipe:
    """Read a recipe's choices; those that are not sent are as in `base`.

    Raises:
        RecipeError: there is no such choice, or its value is out of bounds.
    """
    values = with_current_names(values)
    for name in values:
        if name not in knobs():
            raise RecipeError(
                name, f"“{name[:40]}” is not a choice that a recipe has.", code="unknown-choice"
            )
    return (base or Recipe()).changed(**values)


def line(text: str) -> str:
    """Return a text as one line that is not too long, such as a title."""
    return " ".join(text.split())[:LONGEST_LINE]


def too_late() -> RefusedError:
    """Return the refusal of a wish that cannot be granted any more."""
    return RefusedError(409, "too_late", TOO_LATE)


def ordered(job: Job) -> tuple[Response, int, dict[str, str]]:
    """Wake a worker for a new job, and answer with it."""
    services().queue.wake(job.queue)
    return jsonify(painting_shape(job)), 201, {"Location": url_for("api.painting", job_id=job.id)}


def upload_shape(staged: Upload) -> dict[str, Any]:
    """Describe a picture."""
    return {name: getattr(staged, name) for name in ("id", "role", "name", "width", "height")}


def painting_shape(job: Job) -> dict[str, Any]:
    """Describe a painting."""
    state = state_of(job)
    label = services().store.labels([job.id])[job.id]
    shared = url_for("labels.shared", key=label.share_key, _external=True) if label.share_key else None
    return {
        "id": job.id,
        "title": job.title,
        "status": job.status.value,
        "sentence": state["sentence"],
        "reason": job.reason,
        "percent": state["percent"],
        "step": state["step"],
        "place": state["place"],
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "parent": job.parent_id,
        "photo": upload_shape(job.content),
        "styles": [upload_shape(style) for style in job.styles],
        "recipe": job.recipe.to_dict(),
        "rating": label.rating,
        "note": label.note,
        "width": job.result.width if job.result else None,
        "height": job.result.height if job.result else None,
        "result": url_for("api.result", job_id=job.id, ending="png") if job.result else None,
        "preview": url_for("api.newest", job_id=job.id),
        "masks": [mask and mask.id for mask in job.masks],
        "shared": shared,
    }
