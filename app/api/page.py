"""The page that shows people what programs may ask."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.api.document import openapi
from app.http.keys import key_of
from app.http.security import welcome
from app.services.services import services

blueprint = Blueprint("api_page", __name__)


@blueprint.get("/api")
def show() -> str:
    """Show what programs may ask, from the API's own document."""
    return render_template(
        "api.html", document=openapi.document(services().settings.max_upload_bytes), key=key_of(welcome())
    )
