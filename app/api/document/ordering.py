"""Descriptions of the requests that lead to a painting: keys, pictures, drafts and orders."""

from __future__ import annotations

from app.api.document.descriptions import file_response, json_body, json_response, operation, path_parameter
from app.api.document.schemas import TEXT, Schema, closed_object, list_of, object_of, ref


def keys() -> Schema:
    """Describe how a program gets a gallery."""
    made = json_response("The key", object_of(key=TEXT))
    return {
        "/keys": {
            "post": operation(
                "make_key",
                "Create a key to a new, empty gallery",
                {"201": made},
                open_=True,
            )
        }
    }


def pictures(max_upload_bytes: int) -> Schema:
    """Describe uploads and the styles that the studio has."""
    styles = json_response("The styles", object_of(styles=list_of(ref("LibraryStyle"))))
    one_pass = object_of(feedforward_styles=list_of(ref("FeedforwardStyle")))
    upload = json_response("The picture", ref("Upload"))
    own = json_response("Your own styles", object_of(uploads=list_of(ref("Upload"))))
    upload_summary = (
        f"Upload a picture of up to {max_upload_bytes // 2**20} MB; “keep” keeps a style until you remove it"
    )
    return {
        "/styles": {
            "get": operation(
                "styles",
                "List the library's styles",
                {"200": styles},
                open_=True,
            )
        },
        "/feedforward-styles": {
            "get": operation(
                "feedforward_styles",
                "List the built-in one-pass styles, whose names a recipe may give",
                {"200": json_response("The one-pass styles", one_pass)},
                open_=True,
            )
        },
        "/uploads": {
            "post": operation(
                "upload",
                upload_summary,
                {"201": json_response("The picture", ref("Staged"))},
                _FILE,
            ),
            "get": operation(
                "uploads",
                "List your own styles",
                {"200": own},
            ),
        },
        "/uploads/{upload}": {
            "parameters": [path_parameter("upload", "The upload's id")],
            "patch": operation(
                "rename_upload",
                "Rename one of your own styles",
                {"200": upload},
                json_body(closed_object(name={"type": "string", "pattern": r"^[^\u0000]*\S[^\u0000]*$"})),
            ),
            "delete": operation(
                "remove_upload",
                "Remove a style; paintings made with it stay",
                {"204": _DELETED},
            ),
        },
    }


def orders() -> Schema:
    """Describe drafts, estimates, continuations and variations."""
    ordered = json_response("The painting that was ordered", ref("Painting"))
    sheet = json_response("The variations", object_of(paintings=list_of(ref("Painting"))))
    requested = json_response(
        "The draft that was requested",
        object_of(id=TEXT, url=TEXT, state={"enum": ["busy", "nobody"]}, sentence=TEXT),
    )
    waiting = json_response("Not ready yet", object_of(state={"const": "waiting"}))
    token = json_body(closed_object(token=TEXT, required_names=[]))
    return {
        "/drafts": {
            "post": operation(
                "ask_draft",
                "Request a draft, in place of the previous one",
                {"202": requested},
                json_body(ref("Draft")),
            )
        },
        "/drafts/{draft}": {
            "parameters": [path_parameter("draft", "The draft's id")],
            "get": operation(
                "draft",
                "Get a draft; ask again until it is ready",
                {"200": file_response("image/webp"), "202": waiting},
            ),
        },
        "/estimate": {
            "post": operation(
                "estimate",
                "Estimate the time and memory that an order would take",
                {"200": json_response("The estimate", ref("Estimate"))},
                json_body(ref("Question")),
            )
        },
        "/paintings/{id}/continuation": _BY_ID
        | {
            "post": operation(
                "continuation",
                "Continue painting from its result or from a snapshot",
                {"201": ordered},
                json_body(ref("Continuation")),
            )
        },
        "/paintings/{id}/variations": _BY_ID
        | {
            "get": operation(
                "contact_sheet",
                "List its variations",
                {"200": sheet},
            ),
            "post": operation(
                "order_contact_sheet",
                "Order its variations: small sketches, each with one setting changed",
                {"201": sheet},
                json_body(closed_object()),
            ),
        },
        "/paintings/{id}/large": _BY_ID
        | {
            "post": operation(
                "paint_large",
                "Paint a variation at the size of its original",
                {"201": ordered},
                token,
            )
        },
    }


_DELETED: Schema = {"description": "It was deleted"}
_BY_ID: Schema = {"parameters": [path_parameter("id", "The painting's id")]}
_FILE: Schema = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": object_of(
                role={"enum": ["content", "style", "mask"]},
                file={"type": "string", "format": "binary"},
                keep={"enum": ["true", "false"]},
                required_names=["role", "file"],
            )
        }
    },
}
