"""What each request of the API takes and answers, for its OpenAPI document."""

from __future__ import annotations

from app.schemas import COUNT, TEXT, Schema, list_of, maybe, object_of, ref
from jobs.films import KINDS, TYPES
from jobs.store.labels import MOST_STARS

_PICTURE = ("image/png", "image/jpeg", "image/webp")
_WISHES = {
    "stop": "End now and keep the picture as it is",
    "cancel": "End now and keep nothing",
    "pause": "Let it wait until it is resumed",
    "resume": "Go on with a paused painting",
    "retry": "Try a failed painting again",
}


def keys() -> Schema:
    """Describe how a program comes to a gallery."""
    made = _json("The key", object_of(key=TEXT))
    return {
        "/keys": {
            "post": _does(
                "make_key",
                "Make a key to a new, empty gallery",
                {"201": made},
                open_=True,
            )
        }
    }


def pictures(max_upload_bytes: int) -> Schema:
    """Describe what one brings along and what the studio has."""
    styles = _json("The styles", object_of(styles=list_of(ref("LibraryStyle"))))
    brushes = _json("The brushes", object_of(brushes=list_of(ref("Brush"))))
    upload = _json("The picture", ref("Upload"))
    own = _json("One's own styles", object_of(uploads=list_of(ref("Upload"))))
    up_to = (
        f"Stage a picture of up to {max_upload_bytes // 2**20} MB; “keep” keeps a style until it is removed"
    )
    return {
        "/styles": {
            "get": _does(
                "styles",
                "List the library's styles",
                {"200": styles},
                open_=True,
            )
        },
        "/brushes": {
            "get": _does(
                "brushes",
                "List the brushes, whose names a recipe may give",
                {"200": brushes},
                open_=True,
            )
        },
        "/uploads": {
            "post": _does(
                "upload",
                up_to,
                {"201": _json("The picture", ref("Staged"))},
                _FILE,
            ),
            "get": _does(
                "uploads",
                "List one's own styles",
                {"200": own},
            ),
        },
        "/uploads/{upload}": {
            "parameters": [_in_path("upload", "The upload's id")],
            "patch": _does(
                "rename_upload",
                "Rename one of one's own styles",
                {"200": upload},
                _takes(object_of(name=TEXT)),
            ),
            "delete": _does(
                "remove_upload",
                "Offer a style no more; what was painted with it stays",
                {"204": _NOTHING},
            ),
        },
    }


def orders() -> Schema:
    """Describe what leads to a painting."""
    ordered = _json("The painting that was ordered", ref("Painting"))
    sheet = _json("The contact sheet", object_of(paintings=list_of(ref("Painting"))))
    asked = _json(
        "Asked for", object_of(id=TEXT, url=TEXT, state={"enum": ["busy", "nobody"]}, sentence=TEXT)
    )
    waits = _json("Not there yet", object_of(state={"const": "waiting"}))
    token = _takes(object_of(token=TEXT, needed=[]))
    return {
        "/drafts": {
            "post": _does(
                "ask_draft",
                "Ask for a draft, in place of the one before",
                {"202": asked},
                _takes(ref("Draft")),
            )
        },
        "/drafts/{draft}": {
            "parameters": [_in_path("draft", "The draft's id")],
            "get": _does(
                "draft",
                "Fetch a draft; asked again until it is there",
                {"200": _picture("image/webp"), "202": waits},
            ),
        },
        "/estimate": {
            "post": _does(
                "estimate",
                "Estimate what an order would take",
                {"200": _json("The estimate", ref("Estimate"))},
                _takes(ref("Question")),
            )
        },
        "/paintings/{id}/further": _PLACE
        | {
            "post": _does(
                "further",
                "Go on from its result, or from a picture on its way",
                {"201": ordered},
                _takes(ref("Further")),
            )
        },
        "/paintings/{id}/variations": _PLACE
        | {
            "get": _does(
                "sheet",
                "List its contact sheet",
                {"200": sheet},
            ),
            "post": _does(
                "make_sheet",
                "Order its contact sheet: small sketches, each otherwise in one thing",
                {"201": sheet},
                _takes({"type": "object", "additionalProperties": False}),
            ),
        },
        "/paintings/{id}/large": _PLACE
        | {
            "post": _does(
                "large",
                "Paint a picture of a contact sheet large",
                {"201": ordered},
                token,
            )
        },
    }


def paintings() -> Schema:
    """Describe what can be asked of one painting."""
    painting = _json("The painting", ref("Painting"))
    frames = _json("The pictures on the way", object_of(frames=list_of(ref("Frame"))))
    same = {"description": "Nothing has changed since the ETag that was sent"}
    ending = _in_path("ending", "The kind of file", {"enum": ["png", "jpg", "webp"]})
    step = _in_path("step", "The step", {"type": "integer", "minimum": 0})
    paths: Schema = {
        "/paintings/{id}": _PLACE
        | {
            "get": _does(
                "painting",
                "Say where a painting stands",
                {"200": painting, "304": same},
            ),
            "patch": _does(
                "change",
                "Steer a painting and its masks, or write its title, rating and note",
                {"200": painting},
                _takes(ref("Change")),
            ),
            "delete": _does(
                "delete",
                "Delete a painting, whatever its state",
                {"204": _NOTHING},
            ),
        },
        "/paintings/{id}/preview": _PLACE
        | {
            "get": _does(
                "preview",
                "Fetch the picture as it is now",
                {"200": _picture(*_PICTURE), "304": same},
            )
        },
        "/paintings/{id}/result.{ending}": {
            "parameters": [*_PLACE["parameters"], ending],
            "get": _does(
                "result",
                "Fetch the finished picture, its recipe inside",
                {"200": _picture(*_PICTURE), "304": same},
            ),
        },
        "/paintings/{id}/frames": _PLACE
        | {
            "get": _does(
                "frames",
                "List the pictures on its way that were kept",
                {"200": frames},
            )
        },
        "/paintings/{id}/frames/{step}.jpg": {
            "parameters": [*_PLACE["parameters"], step],
            "get": _does(
                "frame",
                "Fetch a picture on its way",
                {"200": _picture("image/jpeg"), "304": same},
            ),
        },
        "/paintings/{id}/film.{kind}": _film(),
        "/paintings/{id}/share": _PLACE
        | {
            "put": _does(
                "share",
                "Make the link that shows it to anybody",
                {"200": painting},
            ),
            "delete": _does(
                "unshare",
                "Take the link back",
                {"200": painting},
            ),
        },
    }
    for name, says in _WISHES.items():
        paths[f"/paintings/{{id}}/{name}"] = _PLACE | {
            "post": _does(
                name,
                says,
                {"200": painting},
            )
        }
    return paths


def gallery() -> Schema:
    """Describe what concerns many paintings."""
    listed = object_of(paintings=list_of(ref("Painting")), next=maybe("string"))
    queue = _json("What waits, in its order", object_of(paintings=list_of(ref("Painting"))))
    ids = _takes(object_of(ids=list_of(TEXT)))
    taken = _json("How many were taken down, and what brings them back", object_of(count=COUNT, undo=TEXT))
    back = _json("How many are back", object_of(count=COUNT))
    place = {"type": "integer", "minimum": 0, "maximum": 100_000}
    return {
        "/paintings": {
            "post": _does(
                "order",
                "Order a painting",
                {"201": _json("The painting that was ordered", ref("Painting"))},
                _takes(ref("Order")),
            ),
            "get": _does(
                "paintings",
                "List finished pictures, newest first",
                {"200": _json("A page of them", listed)},
            )
            | {"parameters": _filters()},
        },
        "/paintings/zip": {
            "post": _does(
                "zip",
                "Fetch finished pictures as one archive",
                {"200": _picture("application/zip")},
                ids,
            )
        },
        "/paintings/remove": {
            "post": _does(
                "remove",
                "Take finished pictures down; for an hour that can be undone",
                {"200": taken},
                ids,
            )
        },
        "/paintings/restore": {
            "post": _does(
                "restore",
                "Hang up again what was taken down",
                {"200": back},
                _takes(object_of(undo=TEXT)),
            )
        },
        "/queue": {
            "get": _does(
                "queue",
                "List one's own paintings that wait",
                {"200": queue},
            )
        },
        "/paintings/{id}/place": _PLACE
        | {
            "put": _does(
                "place",
                "Move a waiting painting among one's own",
                {"200": queue},
                _takes(object_of(place=place)),
            )
        },
    }


def _film() -> Schema:
    under_way = _json("It is being made", object_of(state=TEXT, percent=COUNT))
    film = _picture(*TYPES.values())
    return {
        "parameters": [*_PLACE["parameters"], _in_path("kind", "The kind of film", {"enum": list(KINDS)})],
        "post": _does(
            "make_film",
            "Have a film made of how a finished picture was painted",
            {"202": under_way},
        ),
        "get": _does(
            "film",
            "Fetch a film that was made, whole or in ranges",
            {"200": film, "202": under_way, "206": film, "304": {"description": "The same film"}},
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
        act["requestBody"] = takes
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


def _takes(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _picture(*types: str) -> Schema:
    return {"description": "The file", "content": {kind: {} for kind in types}}


_NOTHING: Schema = {"description": "It is gone"}
_PLACE: Schema = {"parameters": [_in_path("id", "The painting's id")]}
_FILE: Schema = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": object_of(
                role={"enum": ["content", "style", "mask"]},
                file={"type": "string", "format": "binary"},
                keep={"enum": ["true", "false"]},
                needed=["role", "file"],
            )
        }
    },
}
