"""The API's own description, in OpenAPI 3.1, made from the same knobs as the form."""

from __future__ import annotations

from app.schemas import TEXT, Schema, list_of, object_of, ref, schemas
from jobs.films import KINDS, TYPES
from jobs.store.labels import MOST_STARS


def document(max_upload_bytes: int) -> Schema:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pastiche",
            "version": "1",
            "description": "Order, watch, steer and fetch paintings. Errors are "
            '`{"error": {"code", "message", "field"}}`, the message a sentence for people.',
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": _paths(max_upload_bytes),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
            "responses": {"Error": _json("What went wrong", ref("Error"))},
        },
    }


def _paths(max_upload_bytes: int) -> Schema:
    painting = _json("The painting", ref("Painting"))
    ordered = _json("The painting that was ordered", ref("Painting"))
    place = {"parameters": [_in_path("id", "The painting's id")]}
    wishes = {
        "stop": "End now and keep the picture as it is",
        "cancel": "End now and keep nothing",
        "pause": "Let it wait until it is resumed",
        "resume": "Go on with a paused painting",
        "retry": "Try a failed painting again",
    }
    paths: Schema = {
        "/keys": {
            "post": _does(
                "make_key",
                "Make a key to a new, empty gallery",
                {"201": _json("The key", object_of(key=TEXT))},
                open_=True,
            )
        },
        "/styles": {
            "get": _does(
                "styles",
                "List the library's styles",
                {"200": _json("The styles", object_of(styles=list_of(ref("LibraryStyle"))))},
                open_=True,
            )
        },
        "/uploads": {
            "post": _does(
                "upload",
                f"Stage a picture of up to {max_upload_bytes // 2**20} MB",
                {"201": _json("The picture", ref("Upload"))},
            )
            | {
                "requestBody": {
                    "required": True,
                    "content": {
                        "multipart/form-data": {
                            "schema": object_of(
                                role={"enum": ["content", "style"]},
                                file={"type": "string", "format": "binary"},
                            )
                        }
                    },
                }
            }
        },
        "/estimate": {
            "post": _does(
                "estimate",
                "Estimate what an order would take",
                {"200": _json("The estimate", ref("Estimate"))},
                ref("Question"),
            )
        },
        "/paintings": {
            "post": _does("order", "Order a painting", {"201": ordered}, ref("Order")),
            "get": _does(
                "paintings",
                "List finished pictures, newest first",
                {
                    "200": _json(
                        "A page of them",
                        object_of(paintings=list_of(ref("Painting")), next={"type": ["string", "null"]}),
                    )
                },
            )
            | {"parameters": _filters()},
        },
        "/paintings/{id}": place
        | {
            "get": _does(
                "painting",
                "Say where a painting stands",
                {"200": painting, "304": {"description": "Nothing has changed since the ETag that was sent"}},
            ),
            "patch": _does(
                "change",
                "Steer a painting, or write its title, rating and note",
                {"200": painting},
                ref("Change"),
            ),
            "delete": _does(
                "delete", "Delete a painting, whatever its state", {"204": {"description": "It is gone"}}
            ),
        },
        "/paintings/{id}/further": place
        | {
            "post": _does(
                "further",
                "Go on from its result, or from a picture on its way",
                {"201": ordered},
                ref("Further"),
            )
        },
        "/paintings/{id}/preview": place
        | {
            "get": _does(
                "preview",
                "Fetch the picture as it is now",
                {
                    "200": _picture("image/webp", "image/jpeg", "image/png"),
                    "304": {"description": "The same picture"},
                },
            )
        },
        "/paintings/{id}/result.{ending}": {
            "parameters": [
                *place["parameters"],
                _in_path("ending", "The kind of file", {"enum": ["png", "jpg", "webp"]}),
            ],
            "get": _does(
                "result",
                "Fetch the finished picture, its recipe inside",
                {
                    "200": _picture("image/png", "image/jpeg", "image/webp"),
                    "304": {"description": "The same picture"},
                },
            ),
        },
    }
    paths["/paintings/{id}/film.{kind}"] = _film(place["parameters"])
    for name, says in wishes.items():
        paths[f"/paintings/{{id}}/{name}"] = place | {"post": _does(name, says, {"200": painting})}
    return paths


def _film(place: list[Schema]) -> Schema:
    under_way = _json("It is being made", object_of(state=TEXT, percent={"type": "integer"}))
    return {
        "parameters": [*place, _in_path("kind", "The kind of film", {"enum": list(KINDS)})],
        "post": _does(
            "make_film", "Have a film made of how a finished picture was painted", {"202": under_way}
        ),
        "get": _does(
            "film",
            "Fetch a film that was made, whole or in ranges",
            {
                "200": _picture(*TYPES.values()),
                "202": under_way,
                "206": _picture(*TYPES.values()),
                "304": {"description": "The same film"},
            },
        ),
    }


def _does(
    name: str, says: str, answers: Schema, takes: Schema | None = None, *, open_: bool = False
) -> Schema:
    act: Schema = {
        "operationId": name,
        "summary": says,
        "responses": answers | {"default": {"$ref": "#/components/responses/Error"}},
    }
    if takes:
        act["requestBody"] = {"required": True, "content": {"application/json": {"schema": takes}}}
    return act | ({"security": []} if open_ else {})


def _filters() -> list[Schema]:
    says = {
        "q": ("Words in title, note or a style's name", TEXT),
        "style": ("The whole name of a style", TEXT),
        "status": ("How it ended", {"enum": ["finished", "stopped"]}),
        "rating": ("The least stars", {"type": "integer", "minimum": 0, "maximum": MOST_STARS}),
        "since": ("From this day", {"type": "string", "format": "date"}),
        "until": ("To this day", {"type": "string", "format": "date"}),
        "before": ("What “next” of the page before said", TEXT),
        "limit": ("How many", {"type": "integer", "minimum": 1, "maximum": 100}),
        "underway": ("“true” lists what waits, is painted or failed", {"enum": ["true", "false"]}),
    }
    return [
        {"name": name, "in": "query", "description": words, "schema": schema}
        for name, (words, schema) in says.items()
    ]


def _in_path(name: str, says: str, schema: Schema = TEXT) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": says, "schema": schema}


def _json(says: str, schema: Schema) -> Schema:
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def _picture(*types: str) -> Schema:
    return {"description": "The picture", "content": {kind: {} for kind in types}}
