"""The words in which a request of the API is described, in OpenAPI."""

from __future__ import annotations

from app.api.document.schemas import TEXT, Schema


def does(
    name: str, says: str, answers: Schema, takes: Schema | None = None, *, open_: bool = False
) -> Schema:
    """Describe a request: its name, what it does, its answers, and the body that it takes."""
    act: Schema = {
        "operationId": name,
        "summary": says,
        "responses": answers | {"default": {"$ref": "#/components/responses/Error"}},
    }
    if takes:
        act["requestBody"] = takes
    return act | ({"security": []} if open_ else {})


def in_path(name: str, says: str, schema: Schema = TEXT) -> Schema:
    """Describe a part of an address."""
    return {"name": name, "in": "path", "required": True, "description": says, "schema": schema}


def answer(says: str, schema: Schema) -> Schema:
    """Describe an answer in JSON."""
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def takes(schema: Schema) -> Schema:
    """Describe a body in JSON."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def picture(*types: str) -> Schema:
    """Describe an answer that is a file of one of some types."""
    return {"description": "The file", "content": {kind: {} for kind in types}}
