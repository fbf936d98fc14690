"""API requests for pictures: uploads, the library's styles and the one-pass styles."""

from __future__ import annotations

from flask import Response, jsonify, request, url_for

from app.api.authentication import blueprint
from app.api.shapes import one_line, upload_json
from app.http.errors import RefusedError
from app.http.json_body import read_json
from app.http.security import visitor
from app.rules import library
from app.rules.choices import own_upload
from app.rules.feedforward_styles import feedforward_styles as all_feedforward_styles
from app.rules.uploads import KEEP_S, stage
from app.services.services import current_services
from engine.errors import ImageError
from jobs.job import Upload

_ROLES = ("content", "style", "mask")


@blueprint.get("/styles")
def styles() -> Response:
    """List the library's styles, whose ids an order may name."""
    return jsonify(
        styles=[
            {
                "id": picture.id,
                "title": picture.title,
                "technique": picture.technique,
                "picture": url_for("files.style", picture_id=picture.id, side=640),
            }
            for picture in library.styles()
        ]
    )


@blueprint.get("/brushes")  # the path of release 1.0
@blueprint.get("/feedforward-styles")
def feedforward_styles() -> Response:
    """List the built-in one-pass styles, whose names a recipe may give."""
    return jsonify(
        feedforward_styles=[
            {
                "name": feedforward_style.name,
                "title": feedforward_style.title,
                "picture": url_for("static", filename=feedforward_style.picture),
            }
            for feedforward_style in all_feedforward_styles()
        ]
    )


@blueprint.post("/uploads")
def upload() -> tuple[Response, int]:
    """Stage a picture, and return its recipe if it was painted here."""
    role = request.form.get("role", "")
    file = request.files.get("file")
    if role not in _ROLES:
        raise RefusedError(422, "bad_role", f"A picture's role must be one of {', '.join(_ROLES)}.", "role")
    if file is None:
        raise RefusedError(422, "no_file", "Send the picture as the part “file”.", "file")
    keep = role == "style" and request.form.get("keep") == "true"
    try:
        staged = stage(file, role, visitor(), expiry_s=KEEP_S if keep else None)
    except ImageError as exc:
        raise RefusedError(422, "bad_picture", str(exc), "file") from exc
    recipe = staged.recipe and staged.recipe.to_dict()
    return jsonify(upload_json(staged.upload) | {"recipe": recipe}), 201


@blueprint.get("/uploads")
def uploads() -> Response:
    """List the caller's own styles."""
    own = library.own_styles(current_services().store.uploads.in_role(visitor(), "style"))
    return jsonify(uploads=[upload_json(staged) for staged in own])


@blueprint.patch("/uploads/<id:upload_id>")
def rename_upload(upload_id: str) -> Response:
    """Rename one of the caller's own styles."""
    style = _own_style(upload_id)
    name = one_line(read_json("name", name=str)["name"])
    if problem := library.name_problem(name):
        raise RefusedError(422, "bad_value", problem, "name")
    current_services().store.uploads.rename(style.id, visitor(), name)
    return jsonify(upload_json(_own_style(upload_id)))


@blueprint.delete("/uploads/<id:upload_id>")
def remove_upload(upload_id: str) -> tuple[str, int]:
    """Remove a style; paintings made with it stay."""
    current_services().store.uploads.retire(_own_style(upload_id).id, visitor())
    return "", 204


def _own_style(upload_id: str) -> Upload:
    style = own_upload(upload_id)
    if style is None or style.role != "style" or style.retired_at:
        raise RefusedError(404, "not_found", "You have no such style.")
    return style
