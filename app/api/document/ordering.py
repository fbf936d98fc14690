"""What leads to a painting: keys, pictures that are brought along, drafts, orders."""

from __future__ import annotations

from app.api.document.descriptions import answer, does, in_path, picture, takes
from app.api.document.schemas import TEXT, Schema, body_of, list_of, object_of, ref


def keys() -> Schema:
    """Describe how a program comes to a gallery."""
    made = answer("The key", object_of(key=TEXT))
    return {
        "/keys": {
            "post": does(
                "make_key",
                "Make a key to a new, empty gallery",
                {"201": made},
                open_=True,
            )
        }
    }


def pictures(max_upload_bytes: int) -> Schema:
    """Describe what one brings along and what the studio has."""
    styles = answer("The styles", object_of(styles=list_of(ref("LibraryStyle"))))
    one_pass = object_of(feedforward_styles=list_of(ref("FeedforwardStyle")))
    upload = answer("The picture", ref("Upload"))
    own = answer("One's own styles", object_of(uploads=list_of(ref("Upload"))))
    up_to = (
        f"Stage a picture of up to {max_upload_bytes // 2**20} MB; “keep” keeps a style until it is removed"
    )
    return {
        "/styles": {
            "get": does(
                "styles",
                "List the library's styles",
                {"200": styles},
                open_=True,
            )
        },
        "/feedforward-styles": {
            "get": does(
                "feedforward_styles",
                "List the built-in one-pass styles, whose names a recipe may give",
                {"200": answer("The one-pass styles", one_pass)},
                open_=True,
            )
        },
        "/uploads": {
            "post": does(
                "upload",
                up_to,
                {"201": answer("The picture", ref("Staged"))},
                _FILE,
            ),
            "get": does(
                "uploads",
                "List one's own styles",
                {"200": own},
            ),
        },
        "/uploads/{upload}": {
            "parameters": [in_path("upload", "The upload's id")],
            "patch": does(
                "rename_upload",
                "Rename one of one's own styles",
                {"200": upload},
                takes(body_of(name={"type": "string", "pattern": r"^[^\u0000]*\S[^\u0000]*$"})),
            ),
            "delete": does(
                "remove_upload",
                "Offer a style no more; what was painted with it stays",
                {"204": _NOTHING},
            ),
        },
    }


def orders() -> Schema:
    """Describe what leads to a painting."""
    ordered = answer("The painting that was ordered", ref("Painting"))
    sheet = answer("The contact sheet", object_of(paintings=list_of(ref("Painting"))))
    asked = answer(
        "Asked for", object_of(id=TEXT, url=TEXT, state={"enum": ["busy", "nobody"]}, sentence=TEXT)
    )
    waits = answer("Not there yet", object_of(state={"const": "waiting"}))
    token = takes(body_of(token=TEXT, needed=[]))
    return {
        "/drafts": {
            "post": does(
                "ask_draft",
                "Ask for a draft, in place of the one before",
                {"202": asked},
                takes(ref("Draft")),
            )
        },
        "/drafts/{draft}": {
            "parameters": [in_path("draft", "The draft's id")],
            "get": does(
                "draft",
                "Fetch a draft; asked again until it is there",
                {"200": picture("image/webp"), "202": waits},
            ),
        },
        "/estimate": {
            "post": does(
                "estimate",
                "Estimate what an order would take",
                {"200": answer("The estimate", ref("Estimate"))},
                takes(ref("Question")),
            )
        },
        "/paintings/{id}/continuation": _PLACE
        | {
            "post": does(
                "continuation",
                "Paint on from its result, or from a snapshot",
                {"201": ordered},
                takes(ref("Continuation")),
            )
        },
        "/paintings/{id}/variations": _PLACE
        | {
            "get": does(
                "contact_sheet",
                "List its contact sheet",
                {"200": sheet},
            ),
            "post": does(
                "order_contact_sheet",
                "Order its contact sheet: small sketches, each otherwise in one thing",
                {"201": sheet},
                takes(body_of()),
            ),
        },
        "/paintings/{id}/large": _PLACE
        | {
            "post": does(
                "paint_large",
                "Paint a picture of a contact sheet large",
                {"201": ordered},
                token,
            )
        },
    }


_NOTHING: Schema = {"description": "It is gone"}
_PLACE: Schema = {"parameters": [in_path("id", "The painting's id")]}
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
