"""The page that documents the API."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.api.document import openapi
from app.http.keys import key_of
from app.http.security import ensure_visitor
from app.services.services import current_services

blueprint = Blueprint("api_page", __name__)


@blueprint.get("/api")
def show() -> str:
    """Show what the API offers, from its own OpenAPI document."""
    return render_template(
        "api.html",
        document=openapi.document(current_services().settings.max_upload_bytes),
        key=key_of(ensure_visitor()),
    )
