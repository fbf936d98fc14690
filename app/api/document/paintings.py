"""Descriptions of the requests for paintings: one of them, and the gallery."""

from __future__ import annotations

from app.api.document.descriptions import file_response, json_body, json_response, operation, path_parameter
from app.api.document.schemas import (
    COUNT,
    DAY,
    KEY,
    TEXT,
    Schema,
    closed_object,
    list_of,
    nullable,
    object_of,
    ref,
)
from app.rules.gallery import MAX_SELECTED
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from jobs.job import DONE
from jobs.store.gallery import MAX_STARS

FILTERS: dict[str, tuple[str, Schema]] = {
    "q": ("Words in the title, the note or a style's name", TEXT),
    "style": ("The full name of a style", TEXT),
    "status": ("How it ended", {"enum": [*DONE]}),
    "rating": ("The minimum number of stars", {"type": "integer", "minimum": 0, "maximum": MAX_STARS}),
    "since": ("Finished on this day or later", DAY),
    "until": ("Finished on this day or earlier", DAY),
    "before": ("The value of “next” on the previous page", TEXT),
    "limit": ("The maximum number of paintings", {"type": "integer", "minimum": 1, "maximum": 100}),
    "underway": (
        "“true” lists the paintings that wait, are being painted or failed",
        {"enum": ["true", "false"]},
    ),
}
"""The filters of a list of paintings: what they mean, and their possible values."""
_PICTURE = ("image/png", "image/jpeg", "image/webp")
_ACTIONS = {
    "stop": "Stop now and keep the picture as it is",
    "cancel": "Stop now and keep nothing",
    "pause": "Pause it until it is resumed",
    "resume": "Resume a paused painting",
    "retry": "Retry a failed painting",
}


def paintings() -> Schema:
    """Describe the requests for one painting."""
    painting = json_response("The painting", ref("Painting"))
    snapshots = json_response("The snapshots", object_of(snapshots=list_of(ref("Snapshot"))))
    unchanged = {"description": "Nothing has changed since the ETag that you sent"}
    ending = path_parameter("ending", "The file format", {"enum": ["png", "jpg", "webp"]})
    step = path_parameter("step", "The step", {"type": "integer", "minimum": 0})
    paths: Schema = {
        "/paintings/{id}": _BY_ID
        | {
            "get": operation(
                "painting",
                "Get a painting and its status",
                {"200": painting, "304": unchanged},
            ),
            "patch": operation(
                "change",
                "Steer a painting and its masks, or change its title, rating and note",
                {"200": painting},
                json_body(ref("Change")),
            ),
            "delete": operation(
                "delete",
                "Delete a painting in any state",
                {"204": _DELETED},
            ),
        },
        "/paintings/{id}/preview": _BY_ID
        | {
            "get": operation(
                "preview",
                "Get the picture as it is now",
                {"200": file_response(*_PICTURE), "304": unchanged},
            )
        },
        "/paintings/{id}/result.{ending}": {
            "parameters": [*_BY_ID["parameters"], ending],
            "get": operation(
                "result",
                "Get the finished picture, which contains its recipe",
                {"200": file_response(*_PICTURE), "304": unchanged},
            ),
        },
        "/paintings/{id}/snapshots": _BY_ID
        | {
            "get": operation(
                "snapshots",
                "List the snapshots that were saved during painting",
                {"200": snapshots},
            )
        },
        "/paintings/{id}/snapshots/{step}.jpg": {
            "parameters": [*_BY_ID["parameters"], step],
            "get": operation(
                "snapshot",
                "Get a snapshot",
                {"200": file_response("image/jpeg"), "304": unchanged},
            ),
        },
        "/paintings/{id}/film.{format}": _film(),
        "/paintings/{id}/share": _BY_ID
        | {
            "put": operation(
                "share",
                "Create a link that shows it to anybody",
                {"200": painting},
            ),
            "delete": operation(
                "unshare",
                "Remove the link",
                {"200": painting},
            ),
        },
    }
    for name, summary in _ACTIONS.items():
        paths[f"/paintings/{{id}}/{name}"] = _BY_ID | {
            "post": operation(
                name,
                summary,
                {"200": painting},
            )
        }
    return paths


def gallery() -> Schema:
    """Describe the requests for many paintings."""
    listed = object_of(paintings=list_of(ref("Painting")), next=nullable("string"))
    queue = json_response(
        "The waiting paintings, in their order", object_of(paintings=list_of(ref("Painting")))
    )
    ids = json_body(closed_object(ids=list_of(KEY) | {"maxItems": MAX_SELECTED}))
    deleted = json_response(
        "How many were deleted, and the token that restores them", object_of(count=COUNT, undo=TEXT)
    )
    restored = json_response("How many were restored", object_of(count=COUNT))
    place = {"type": "integer", "minimum": 0, "maximum": 100_000}
    return {
        "/paintings": {
            "post": operation(
                "order",
                "Order a painting",
                {"201": json_response("The painting that was ordered", ref("Painting"))},
                json_body(ref("Order")),
            ),
            "get": operation(
                "paintings",
                "List finished pictures, newest first",
                {"200": json_response("A page of them", listed)},
            )
            | {"parameters": _filters()},
        },
        "/paintings/zip": {
            "post": operation(
                "zip",
                "Download finished pictures as one archive",
                {"200": file_response("application/zip")},
                ids,
            )
        },
        "/paintings/remove": {
            "post": operation(
                "remove",
                "Delete finished pictures; you can undo this for an hour",
                {"200": deleted},
                ids,
            )
        },
        "/paintings/restore": {
            "post": operation(
                "restore",
                "Restore deleted pictures",
                {"200": restored},
                json_body(closed_object(undo=TEXT)),
            )
        },
        "/queue": {
            "get": operation(
                "queue",
                "List your waiting paintings",
                {"200": queue},
            )
        },
        "/paintings/{id}/place": _BY_ID
        | {
            "put": operation(
                "place",
                "Move a waiting painting in your part of the queue",
                {"200": queue},
                json_body(closed_object(place=place)),
            )
        },
    }


def _film() -> Schema:
    in_progress = json_response("It is being made", object_of(state=TEXT, percent=COUNT))
    film = file_response(*FILM_TYPES.values())
    return {
        "parameters": [
            *_BY_ID["parameters"],
            path_parameter("format", "The film's format", {"enum": list(FILM_FORMATS)}),
        ],
        "post": operation(
            "make_film",
            "Request a film of how a finished picture was painted",
            {"202": in_progress},
        ),
        "get": operation(
            "film",
            "Get a finished film, in full or in ranges",
            {"200": film, "202": in_progress, "206": film, "304": {"description": "The same film"}},
        ),
    }


def _filters() -> list[Schema]:
    return [
        {"name": name, "in": "query", "description": words, "schema": schema}
        for name, (words, schema) in FILTERS.items()
    ]


_DELETED: Schema = {"description": "It was deleted"}
_BY_ID: Schema = {"parameters": [path_parameter("id", "The painting's id")]}
