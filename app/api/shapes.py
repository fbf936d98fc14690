"""The JSON that the API reads and returns: recipes, pictures and paintings."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from app.api import models
from app.rules.paintings import painting_state
from app.services.services import current_services
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs, with_current_names
from jobs.job import Job, Upload

LONGEST_LINE = 200


def recipe_of(values: dict[str, Any], base: Recipe | None = None) -> Recipe:
    """Read the settings of a recipe; those that were not sent come from `base`.

    Raises:
        RecipeError: a setting does not exist, or its value is out of bounds.
    """
    values = with_current_names(values)
    for name in values:
        if name not in knobs():
            raise RecipeError(name, f"“{name[:40]}” is not a setting of a recipe.", code="unknown-choice")
    return (base or Recipe()).changed(**values)


def one_line(text: str) -> str:
    """Return a text, such as a title, as one line of limited length."""
    return " ".join(text.split())[:LONGEST_LINE]


def order_response(job: Job) -> tuple[Response, int, dict[str, str]]:
    """Return the response that shows a job which was ordered."""
    return jsonify(painting_json(job)), 201, {"Location": url_for("api.painting", job_id=job.id)}


def upload_json(staged: Upload) -> models.Upload:
    """Return an upload as JSON."""
    return {
        "id": staged.id,
        "role": staged.role,
        "name": staged.name,
        "width": staged.width,
        "height": staged.height,
    }


def painting_json(job: Job) -> models.Painting:
    """Return a painting as JSON."""
    state = painting_state(job)
    label = current_services().store.gallery.labels([job.id])[job.id]
    shared = url_for("labels.shared", key=label.share_key, _external=True) if label.share_key else None
    return {
        "id": job.id,
        "title": job.title,
        "status": job.status,
        "sentence": state["sentence"],
        "reason": job.reason,
        "percent": state["percent"],
        "step": state["step"],
        "place": state["place"],
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "parent": job.parent_id,
        "photo": upload_json(job.content),
        "styles": [upload_json(style) for style in job.styles],
        "recipe": job.recipe.to_dict(),
        "rating": label.rating,
        "note": label.note,
        "width": job.result.width if job.result else None,
        "height": job.result.height if job.result else None,
        "result": url_for("api.result", job_id=job.id, ending="png") if job.result else None,
        "preview": url_for("api.preview", job_id=job.id),
        "masks": [mask.id if mask else None for mask in job.masks],
        "shared": shared,
    }
