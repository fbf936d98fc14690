"""API requests for pictures: uploads, the library's styles and the one-pass styles."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from flask import Response, jsonify, request, url_for
from pydantic import Field, WithJsonSchema

from app.api.models import FeedforwardStyle, LibraryStyle, Staged, Upload
from app.api.operations import operation
from app.api.shapes import one_line, upload_json
from app.http.errors import RefusedError
from app.http.security import visitor
from app.rules import library
from app.rules.choices import own_upload
from app.rules.feedforward_styles import feedforward_styles as all_feedforward_styles
from app.rules.uploads import KEEP_S, stage
from app.services.services import current_services
from engine.errors import ImageError
from jobs import job

_ROLES = ("content", "style", "mask")
_FILE = {
    "role": Literal["content", "style", "mask"],
    "file": Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})],
    "keep": NotRequired[Annotated[Literal["true", "false"], Field(description="Whether to keep a style")]],
}
_NAME = {"name": Annotated[str, Field(pattern=r"^[^\u0000]*\S[^\u0000]*$")]}


def _own_style(upload_id: str) -> job.Upload:
    style = own_upload(upload_id)
    if style is None or style.role != "style" or style.retired_at:
        raise RefusedError(404, "not_found", "You have no such style.")
    return style


@operation("GET", "/styles", answers={200: {"styles": list[LibraryStyle]}}, needs_key=False)
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


@operation(
    "GET",
    "/feedforward-styles",
    answers={200: {"feedforward_styles": list[FeedforwardStyle]}},
    needs_key=False,
    former="/brushes",
)
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


@operation("POST", "/uploads", form=_FILE, answers={201: Staged})
def upload() -> tuple[Response, int]:
    """Upload a picture; the answer has its recipe if it was painted here."""
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


@operation("GET", "/uploads", answers={200: {"uploads": list[Upload]}})
def uploads() -> Response:
    """List your own styles."""
    own = library.own_styles(current_services().store.uploads.in_role(visitor(), "style"))
    return jsonify(uploads=[upload_json(staged) for staged in own])


@operation("PATCH", "/uploads/<id:upload_id>", json=_NAME, of=_own_style, answers={200: Upload})
def rename_upload(style: job.Upload, sent: dict[str, Any]) -> Response:
    """Rename one of your own styles."""
    name = one_line(sent["name"])
    if problem := library.name_problem(name):
        raise RefusedError(422, "bad_value", problem, "name")
    current_services().store.uploads.rename(style.id, visitor(), name)
    return jsonify(upload_json(_own_style(style.id)))


@operation("DELETE", "/uploads/<id:upload_id>", answers={204: None})
def remove_upload(upload_id: str) -> tuple[str, int]:
    """Remove a style; paintings made with it stay."""
    current_services().store.uploads.retire(_own_style(upload_id).id, visitor())
    return "", 204
