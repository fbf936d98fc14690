"""The key that every request of the API is authenticated with."""

from __future__ import annotations

import secrets

from flask import Response, g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from app.api.operations import OPERATIONS, blueprint, operation
from app.http.errors import RefusedError, error_json
from app.http.keys import key_of, owner_of
from engine.errors import RecipeError


@blueprint.before_request
def _authenticate() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    g.owner = owner_of(key.strip()) if scheme.lower() == "bearer" else None
    asked = OPERATIONS.get(request.endpoint or "")
    is_open = request.endpoint == "api.openapi" or (asked is not None and not asked.needs_key)
    if g.owner is None and not is_open:
        raise RefusedError(
            401, "no_key", "Send a key as “Authorization: Bearer KEY”. POST /api/v1/keys creates one."
        )


@blueprint.errorhandler(RecipeError)
def _bad_value(error: RecipeError) -> AnyResponse:
    return error_json(422, "bad_value", str(error), f"recipe.{error.field}")


@operation("POST", "/keys", answers={201: {"key": str}}, needs_key=False)
def make_key() -> tuple[Response, int]:
    """Create a key to a new, empty gallery."""
    return jsonify(key=key_of(secrets.token_hex(16))), 201
