"""The OpenAPI 3.1 document of the API, made from the same knobs as the form."""

from __future__ import annotations

from app.api.document.operations import gallery, keys, orders, paintings, pictures
from app.api.document.schemas import Schema, ref, schemas


def document(max_upload_bytes: int) -> Schema:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pastiche",
            "version": "1",
            "description": "Draft, order, watch, steer and download paintings. Errors look like "
            '`{"error": {"code", "message", "field"}}`. The message is a sentence for people.',
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": keys() | pictures(max_upload_bytes) | orders() | paintings() | gallery(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
            "responses": {
                "Error": {
                    "description": "What went wrong",
                    "content": {"application/json": {"schema": ref("Error")}},
                }
            },
        },
    }
