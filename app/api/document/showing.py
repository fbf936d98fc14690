"""What paintings are asked: one of them, and the whole gallery."""

from __future__ import annotations

from app.api.document.descriptions import answer, does, in_path, picture, takes
from app.api.document.schemas import COUNT, DAY, KEY, TEXT, Schema, body_of, list_of, maybe, object_of, ref
from app.rules.gallery import MOST_CHOSEN
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from jobs.job import DONE
from jobs.store.labels import MOST_STARS

FILTERS: dict[str, tuple[str, Schema]] = {
    "q": ("Words in title, note or a style's name", TEXT),
    "style": ("The whole name of a style", TEXT),
    "status": ("How it ended", {"enum": [*DONE]}),
    "rating": ("The least stars", {"type": "integer", "minimum": 0, "maximum": MOST_STARS}),
    "since": ("From this day", DAY),
    "until": ("To this day", DAY),
    "before": ("What “next” of the page before said", TEXT),
    "limit": ("How many", {"type": "integer", "minimum": 1, "maximum": 100}),
    "underway": ("“true” lists what waits, is painted or failed", {"enum": ["true", "false"]}),
}
"""What a list of paintings can be narrowed by: in words, and what can be made sense of."""


_PICTURE = ("image/png", "image/jpeg", "image/webp")
_WISHES = {
    "stop": "End now and keep the picture as it is",
    "cancel": "End now and keep nothing",
    "pause": "Let it wait until it is resumed",
    "resume": "Go on with a paused painting",
    "retry": "Try a failed painting again",
}


def paintings() -> Schema:
    """Describe what can be asked of one painting."""
    painting = answer("The painting", ref("Painting"))
    snapshots = answer("The snapshots", object_of(snapshots=list_of(ref("Snapshot"))))
    same = {"description": "Nothing has changed since the ETag that was sent"}
    ending = in_path("ending", "The kind of file", {"enum": ["png", "jpg", "webp"]})
    step = in_path("step", "The step", {"type": "integer", "minimum": 0})
    paths: Schema = {
        "/paintings/{id}": _PLACE
        | {
            "get": does(
                "painting",
                "Say where a painting stands",
                {"200": painting, "304": same},
            ),
            "patch": does(
                "change",
                "Steer a painting and its masks, or write its title, rating and note",
                {"200": painting},
                takes(ref("Change")),
            ),
            "delete": does(
                "delete",
                "Delete a painting, whatever its state",
                {"204": _NOTHING},
            ),
        },
        "/paintings/{id}/preview": _PLACE
        | {
            "get": does(
                "preview",
                "Fetch the picture as it is now",
                {"200": picture(*_PICTURE), "304": same},
            )
        },
        "/paintings/{id}/result.{ending}": {
            "parameters": [*_PLACE["parameters"], ending],
            "get": does(
                "result",
                "Fetch the finished picture, its recipe inside",
                {"200": picture(*_PICTURE), "304": same},
            ),
        },
        "/paintings/{id}/snapshots": _PLACE
        | {
            "get": does(
                "snapshots",
                "List the snapshots that were kept while it was painted",
                {"200": snapshots},
            )
        },
        "/paintings/{id}/snapshots/{step}.jpg": {
            "parameters": [*_PLACE["parameters"], step],
            "get": does(
                "snapshot",
                "Fetch a snapshot",
                {"200": picture("image/jpeg"), "304": same},
            ),
        },
        "/paintings/{id}/film.{format}": _film(),
        "/paintings/{id}/share": _PLACE
        | {
            "put": does(
                "share",
                "Make the link that shows it to anybody",
                {"200": painting},
            ),
            "delete": does(
                "unshare",
                "Take the link back",
                {"200": painting},
            ),
        },
    }
    for name, says in _WISHES.items():
        paths[f"/paintings/{{id}}/{name}"] = _PLACE | {
            "post": does(
                name,
                says,
                {"200": painting},
            )
        }
    return paths


def gallery() -> Schema:
    """Describe what concerns many paintings."""
    listed = object_of(paintings=list_of(ref("Painting")), next=maybe("string"))
    queue = answer("What waits, in its order", object_of(paintings=list_of(ref("Painting"))))
    ids = takes(body_of(ids=list_of(KEY) | {"maxItems": MOST_CHOSEN}))
    taken = answer("How many were taken down, and what brings them back", object_of(count=COUNT, undo=TEXT))
    back = answer("How many are back", object_of(count=COUNT))
    place = {"type": "integer", "minimum": 0, "maximum": 100_000}
    return {
        "/paintings": {
            "post": does(
                "order",
                "Order a painting",
                {"201": answer("The painting that was ordered", ref("Painting"))},
                takes(ref("Order")),
            ),
            "get": does(
                "paintings",
                "List finished pictures, newest first",
                {"200": answer("A page of them", listed)},
            )
            | {"parameters": _filters()},
        },
        "/paintings/zip": {
            "post": does(
                "zip",
                "Fetch finished pictures as one archive",
                {"200": picture("application/zip")},
                ids,
            )
        },
        "/paintings/remove": {
            "post": does(
                "remove",
                "Take finished pictures down; for an hour that can be undone",
                {"200": taken},
                ids,
            )
        },
        "/paintings/restore": {
            "post": does(
                "restore",
                "Hang up again what was taken down",
                {"200": back},
                takes(body_of(undo=TEXT)),
            )
        },
        "/queue": {
            "get": does(
                "queue",
                "List one's own paintings that wait",
                {"200": queue},
            )
        },
        "/paintings/{id}/place": _PLACE
        | {
            "put": does(
                "place",
                "Move a waiting painting among one's own",
                {"200": queue},
                takes(body_of(place=place)),
            )
        },
    }


def _film() -> Schema:
    under_way = answer("It is being made", object_of(state=TEXT, percent=COUNT))
    film = picture(*FILM_TYPES.values())
    return {
        "parameters": [
            *_PLACE["parameters"],
            in_path("format", "The film's format", {"enum": list(FILM_FORMATS)}),
        ],
        "post": does(
            "make_film",
            "Have a film made of how a finished picture was painted",
            {"202": under_way},
        ),
        "get": does(
            "film",
            "Fetch a film that was made, whole or in ranges",
            {"200": film, "202": under_way, "206": film, "304": {"description": "The same film"}},
        ),
    }


def _filters() -> list[Schema]:
    return [
        {"name": name, "in": "query", "description": words, "schema": schema}
        for name, (words, schema) in FILTERS.items()
    ]


_NOTHING: Schema = {"description": "It is gone"}
_PLACE: Schema = {"parameters": [in_path("id", "The painting's id")]}
