"""The API's blueprint, and the key that every request is authenticated with."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from app.api.document.openapi import document
from app.http.errors import RefusedError, error_json
from app.http.keys import key_of, owner_of
from app.services.services import current_services
from engine.errors import RecipeError

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_OPEN = ("api.make_key", "api.openapi", "api.styles", "api.feedforward_styles")
"""Endpoints that need no key."""


@blueprint.before_request
def _authenticate() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    g.owner = owner_of(key.strip()) if scheme.lower() == "bearer" else None
    if g.owner is None and request.endpoint not in _OPEN:
        raise RefusedError(
            401, "no_key", "Send a key as “Authorization: Bearer KEY”. POST /api/v1/keys creates one."
        )


@blueprint.errorhandler(RecipeError)
def _bad_value(error: RecipeError) -> AnyResponse:
    return error_json(422, "bad_value", str(error), f"recipe.{error.field}")


@blueprint.get("/openapi.json")
def openapi() -> AnyResponse:
    """Send the OpenAPI document of this API."""
    return jsonify(document(current_services().settings.max_upload_bytes))


@blueprint.post("/keys")
def make_key() -> tuple[Response, int]:
    """Create a key to a new, empty gallery."""
    return jsonify(key=key_of(secrets.token_hex(16))), 201
