"""Builders for the parts of an OpenAPI document."""

from __future__ import annotations

from app.api.document.schemas import TEXT, Schema


def operation(
    name: str, summary: str, answers: Schema, body: Schema | None = None, *, open_: bool = False
) -> Schema:
    """Describe a request: its id, summary, responses and body; `open_` means that it needs no key."""
    described: Schema = {
        "operationId": name,
        "summary": summary,
        "responses": answers | {"default": {"$ref": "#/components/responses/Error"}},
    }
    if body:
        described["requestBody"] = body
    return described | ({"security": []} if open_ else {})


def path_parameter(name: str, summary: str, schema: Schema = TEXT) -> Schema:
    """Describe a parameter in the path."""
    return {"name": name, "in": "path", "required": True, "description": summary, "schema": schema}


def json_response(summary: str, schema: Schema) -> Schema:
    """Describe a response in JSON."""
    return {"description": summary, "content": {"application/json": {"schema": schema}}}


def json_body(schema: Schema) -> Schema:
    """Describe a request body in JSON."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def file_response(*types: str) -> Schema:
    """Describe a response that is a file of one of some types."""
    return {"description": "The file", "content": {mimetype: {} for mimetype in types}}
