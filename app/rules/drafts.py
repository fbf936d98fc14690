"""Requests for drafts, and their responses."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, error_json
from app.http.json_body import read_json
from app.http.security import visitor
from app.rules import feedforward_styles
from app.rules.choices import require_style, require_upload
from app.services.services import current_services
from app.wording import NO_SHARE
from engine.errors import RecipeError
from engine.recipe import MAX_STYLES, Recipe, knobs, with_current_names
from jobs.drafts import Draft, DraftRequest, DraftStyle
from jobs.job import Queue

_STATE_SENTENCES = {
    "busy": "Drafting…",
    "nobody": "No worker is making drafts right now. The draft will appear as soon as one does.",
}


def order_draft() -> tuple[str, str]:
    """Read the request for a draft, and queue it.

    Returns:
        The draft's id, and its state: "busy", or "nobody" if no worker makes drafts.

    Raises:
        RefusedError: the request is invalid, or no draft can be made right now.
    """
    services = current_services()
    sent = read_json(
        "content",
        content=str,
        styles=list,
        strength=(int, float),
        keep_colours=(int, float),
        feedforward_style=str,
        brush=str,
    )
    draft = _request(with_current_names(sent))
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


def _picture(draft_id: str, draft: Draft) -> Response:
    response = Response(draft.picture, mimetype="image/webp")
    response.set_etag(draft_id)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["Draft-Seconds"] = f"{draft.seconds:.3f}"
    response.headers["Draft-Network"] = draft.network
    return response


def _request(sent: dict[str, Any]) -> DraftRequest:
    feedforward_style = sent.get("feedforward_style", "")
    if feedforward_style and feedforward_styles.feedforward_style(feedforward_style) is None:
        raise RefusedError(
            404, "unknown_feedforward_style", "There is no such one-pass style.", "feedforward_style"
        )
    styles = () if feedforward_style else tuple(_styles(sent.get("styles")))
    numbers = {
        name: _checked(name, sent.get(name, default))
        for name, default in (("strength", Recipe().strength), ("keep_colours", 0.0))
    }
    # A strength of 50 gives the usual painting, but would make a draft far too weak.
    numbers["strength"] = 100 - (100 - numbers["strength"]) ** 2 / 100
    content = require_upload(sent["content"], "content")
    return DraftRequest(
        visitor=visitor(), content=content.key, styles=styles, feedforward_style=feedforward_style, **numbers
    )


def _styles(sent: Any) -> list[DraftStyle]:
    if not isinstance(sent, list) or not 1 <= len(sent) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Send 1 to {MAX_STYLES} styles, or a one-pass style.", "styles")
    styles = []
    for item in sent:
        if not isinstance(item, dict) or not set(item) <= {"id", "weight"}:
            raise RefusedError(
                422, "bad_value", "A style must be an object with “id” and “weight”.", "styles"
            )
        weight = _checked("style_weights", [item.get("weight", 1.0)])[0]
        styles.append(DraftStyle(key=require_style(item.get("id")).key, weight=weight))
    if not any(style.weight for style in styles):
        raise RefusedError(422, "bad_value", NO_SHARE, "styles")
    return styles


def _checked(name: str, value: Any) -> Any:
    try:
        return knobs()[name].check(name, value)
    except RecipeError as exc:
        raise RefusedError(422, "bad_value", str(exc), name) from exc
