"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from app.api import operations
from app.api.document import document
from app.http.keys import key_of
from app.http.security import ensure_visitor
from app.services.services import current_services

blueprint = Blueprint("api_page", __name__)


@operations.blueprint.get("/openapi.json")
def openapi() -> Response:
    """Send the OpenAPI document of this API."""
    return jsonify(document(current_services().settings.max_upload_bytes))


@blueprint.get("/api")
def show() -> str:
    """Show what the API offers, from its own OpenAPI document."""
    return render_template(
        "api.html",
        document=document(current_services().settings.max_upload_bytes),
        key=key_of(ensure_visitor()),
    )
