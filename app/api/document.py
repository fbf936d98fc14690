"""The OpenAPI 3.1 document, made from the declared operations and their models."""

from __future__ import annotations

import functools
import re
from http import HTTPStatus
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from app.api.models import OPEN, Error
from app.api.operations import OPERATIONS, Operation, model_of
from app.api.recipes import Schema
from app.http.json_body import CLOSED
from app.http.routing import ID
from app.rules.files import TYPES
from engine.imaging.film_formats import FILM_FORMATS

_REFERENCE = "#/components/schemas/{model}"
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_ID: Schema = {"type": "string", "pattern": f"^{ID}$"}
_PARAMETERS: dict[str, tuple[str, str, Schema]] = {
    "job_id": ("id", "The painting's id", _ID),
    "upload_id": ("upload", "The upload's id", _ID),
    "draft_id": ("draft", "The draft's id", _ID),
    "ending": ("ending", "The file format", {"enum": [*TYPES]}),
    "format": ("format", "The film's format", {"enum": [*FILM_FORMATS]}),
    "step": ("step", "The step", {"type": "integer", "minimum": 0}),
}
"""How the document calls the variable parts of paths."""
_WITHOUT_BODY = {204: "It was deleted", 304: "Nothing has changed since the ETag that you sent"}
_DESCRIPTION = """Draft, order, watch, steer and download paintings. Errors look like \
`{{"error": {{"code", "message", "field"}}}}`. The message is a sentence for people. \
A picture that you upload may have up to {} MB."""


@functools.cache
def document(max_upload_bytes: int) -> Schema:
    """Return the document."""
    named: Schema = {}
    paths: Schema = {}
    for described in OPERATIONS.values():
        path = _PART.sub(lambda part: f"{{{_PARAMETERS[part[1]][0]}}}", described.path)
        for name, summary in (described.each or {described.name: described.summary}).items():
            made = {"operationId": name, "summary": summary} | _operation(described, named)
            item = paths.setdefault(re.sub("<.*>", name, path), _path_item(described))
            item[described.method.lower()] = made
    description = _DESCRIPTION.format(max_upload_bytes // 2**20)
    components = {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "responses": {"Error": _answer(200, Error, named)},
        "schemas": named,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pastiche", "version": "1", "description": description},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": components,
    }


def _schema(model: Any, named: Schema, config: ConfigDict = CLOSED) -> Schema:
    declared = model_of(model, config)
    schema = TypeAdapter(declared).json_schema(ref_template=_REFERENCE)
    schema.pop("title")
    named |= schema.pop("$defs", {})
    if declared is not model:
        return schema
    named[model.__name__] = schema
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _path_item(described: Operation) -> Schema:
    parameters = [
        {"name": name, "in": "path", "required": True, "description": words, "schema": schema}
        for name, words, schema in map(_PARAMETERS.__getitem__, _PART.findall(described.path))
    ]
    return {"parameters": parameters} if parameters else {}


def _operation(described: Operation, named: Schema) -> Schema:
    answers = {str(status): _answer(status, answer, named) for status, answer in described.answers.items()}
    made: Schema = {"responses": answers | {"default": {"$ref": "#/components/responses/Error"}}}
    for kind, body in (("application/json", described.json), ("multipart/form-data", described.form)):
        if body is not None:
            made["requestBody"] = {"required": True, "content": {kind: {"schema": _schema(body, named)}}}
    if described.query:
        fields = TypeAdapter(described.query).json_schema()["properties"]
        made["parameters"] = [
            {"name": name, "in": "query", "description": schema.pop("description"), "schema": schema}
            for name, schema in fields.items()
        ]
    return made if described.needs_key else made | {"security": []}


def _answer(status: int, answer: Any, named: Schema) -> Schema:
    if answer is None:
        return {"description": _WITHOUT_BODY[status]}
    if isinstance(answer, tuple):
        return {"description": "The file", "content": {media_type: {} for media_type in answer}}
    words = HTTPStatus(status).phrase if isinstance(answer, dict) else answer.__doc__.removesuffix(".")
    return {"description": words, "content": {"application/json": {"schema": _schema(answer, named, OPEN)}}}
