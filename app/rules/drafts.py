"""Requests for drafts, and their responses."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from flask import Response, abort, jsonify
from pydantic import AliasChoices, ConfigDict, Field, with_config
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, error_json
from app.http.json_body import CLOSED, SOME_STYLES, Closed, Percent, Text, UploadId
from app.http.security import visitor
from app.rules import feedforward_styles
from app.rules.choices import require_style, require_upload
from app.services.services import current_services
from app.wording import NO_SHARE
from engine.recipe import MAX_STYLES, Recipe
from jobs import drafts
from jobs.drafts import DraftRequest, DraftStyle
from jobs.job import Queue

_STATE_SENTENCES = {
    "busy": "Drafting…",
    "nobody": "No worker is making drafts right now. The draft will appear as soon as one does.",
}


class ChosenStyle(Closed):
    """A style, and its share in the mix."""

    id: Text
    weight: NotRequired[Percent]


_MIX = SOME_STYLES | {"contains": {"properties": {"weight": {"exclusiveMinimum": 0}}}}
_OLD_NAME = Field(validation_alias=AliasChoices("feedforward_style", "brush"))
_ONE_PASS = Field(description="A one-pass style, instead of styles", json_schema_extra={"minLength": 1})
_STYLES_OR_ONE_PASS: Any = {"anyOf": [{"required": ["styles"]}, {"required": ["feedforward_style"]}]}


@with_config(CLOSED | ConfigDict(json_schema_extra=_STYLES_OR_ONE_PASS))
class Draft(Closed):
    """A draft of a photo with styles, or with a one-pass style."""

    content: UploadId
    styles: NotRequired[Annotated[list[ChosenStyle], Field(json_schema_extra=_MIX)]]
    strength: NotRequired[Percent]
    keep_colours: NotRequired[Percent]
    feedforward_style: NotRequired[Annotated[Text, _OLD_NAME, _ONE_PASS]]


def order_draft(sent: Draft) -> tuple[str, str]:
    """Queue a draft.

    Returns:
        The draft's id, and its state: "busy", or "nobody" if no worker makes drafts.

    Raises:
        RefusedError: the request is invalid, or no draft can be made right now.
    """
    services = current_services()
    draft = _request(sent)
    if not services.live.request_draft(draft):
        raise RefusedError(503, "unavailable", "No draft can be made right now, but the painting itself can.")
    services.queue.wake_draft_worker()
    drafting = any(note.queue is Queue.QUICK and note.problem is None for note in services.live.workers())
    return draft.id, "busy" if drafting else "nobody"


def draft_accepted(draft_id: str, state: str, url: str) -> AnyResponse:
    """Return the response that says where the draft will be."""
    response = jsonify(id=draft_id, url=url, state=state, sentence=_STATE_SENTENCES[state])
    response.status_code = 202
    response.headers["Location"] = url
    return response


def send_draft(draft_id: str) -> AnyResponse:
    """Return the draft as WebP; 202 while it is being made, 404 once another one has replaced it."""
    draft = current_services().live.draft(visitor(), draft_id) if visitor() else None
    if draft is None:
        abort(404)
    if draft.state == "failed":
        return error_json(422, "no_draft", draft.problem or "This draft could not be made.")
    return _picture(draft_id, draft) if draft.state == "ready" else _waiting()


def _waiting() -> AnyResponse:
    response = jsonify(state="waiting")
    response.status_code = 202
    response.headers["Retry-After"] = "1"
    return response


def _picture(draft_id: str, draft: drafts.Draft) -> Response:
    response = Response(draft.picture, mimetype="image/webp")
    response.set_etag(draft_id)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["Draft-Seconds"] = f"{draft.seconds:.3f}"
    response.headers["Draft-Network"] = draft.network
    return response


def _request(sent: Draft) -> DraftRequest:
    feedforward_style = sent.get("feedforward_style", "")
    if feedforward_style and feedforward_styles.feedforward_style(feedforward_style) is None:
        raise RefusedError(
            404, "unknown_feedforward_style", "There is no such one-pass style.", "feedforward_style"
        )
    # A strength of 50 gives the usual painting, but would make a draft far too weak.
    strength = 100 - (100 - sent.get("strength", Recipe().strength)) ** 2 / 100
    return DraftRequest(
        visitor=visitor(),
        content=require_upload(sent["content"], "content").key,
        styles=() if feedforward_style else tuple(_styles(sent.get("styles", []))),
        feedforward_style=feedforward_style,
        strength=strength,
        keep_colours=sent.get("keep_colours", 0.0),
    )


def _styles(sent: list[ChosenStyle]) -> list[DraftStyle]:
    if not 1 <= len(sent) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Send 1 to {MAX_STYLES} styles, or a one-pass style.", "styles")
    if not any(style.get("weight", 1.0) for style in sent):
        raise RefusedError(422, "bad_value", NO_SHARE, "styles")
    return [DraftStyle(key=require_style(style["id"]).key, weight=style.get("weight", 1.0)) for style in sent]
