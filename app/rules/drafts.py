"""Drafts: reading what is asked for, and answering it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, error_json
from app.http.json_body import body
from app.http.security import visitor
from app.rules import feedforward_styles
from app.rules.choices import style_of, upload_of
from app.services.services import services
from app.wording import NO_SHARE
from engine.errors import RecipeError
from engine.recipe import MAX_STYLES, Recipe, knobs, with_current_names
from jobs.drafts import Draft, DraftRequest, DraftStyle
from jobs.job import Queue

_STATES = {
    "busy": "Drafting.",
    "nobody": "Nobody drafts just now; the draft comes as soon as somebody does.",
}


def order_draft() -> tuple[str, str]:
    """Read what was sent, and ask for that draft.

    Returns:
        Its id, and "busy" or "nobody".

    Raises:
        RefusedError: what was sent cannot be drafted, or nothing can be just now.
    """
    here = services()
    sent = body(
        "content",
        content=str,
        styles=list,
        strength=(int, float),
        keep_colours=(int, float),
        feedforward_style=str,
        brush=str,
    )
    wanted = _request(with_current_names(sent))
    if not here.live.request_draft(wanted):
        raise RefusedError(503, "unavailable", "No draft can be made just now; the painting itself can.")
    here.queue.wake_draft_worker()
    there = any(note.queue is Queue.QUICK and note.problem is None for note in here.live.workers())
    return wanted.id, "busy" if there else "nobody"


def taken(draft_id: str, state: str, url: str) -> AnyResponse:
    """Say that a draft was asked for, and where it will be."""
    response = jsonify(id=draft_id, url=url, state=state, sentence=_STATES[state])
    response.status_code = 202
    response.headers["Location"] = url
    return response


def send_draft(draft_id: str) -> AnyResponse:
    """Return the draft as WebP; 202 while it is awaited, 404 when another has taken its place."""
    found = services().live.draft(visitor(), draft_id) if visitor() else None
    if found is None:
        abort(404)
    if found.state == "failed":
        return error_json(422, "no_draft", found.problem or "This could not be drafted.")
    return _picture(draft_id, found) if found.state == "ready" else _waiting()


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
    # Half of the way is the usual painting; a draft at half its strength would be hardly one.
    numbers["strength"] = 100 - (100 - numbers["strength"]) ** 2 / 100
    content = upload_of(sent["content"], "content")
    return DraftRequest(
        visitor=visitor(), content=content.key, styles=styles, feedforward_style=feedforward_style, **numbers
    )


def _styles(sent: Any) -> list[DraftStyle]:
    if not isinstance(sent, list) or not 1 <= len(sent) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Give 1 to {MAX_STYLES} styles, or a one-pass style.", "styles")
    found = []
    for item in sent:
        if not isinstance(item, dict) or not set(item) <= {"id", "weight"}:
            raise RefusedError(422, "bad_value", "A style is an object of “id” and “weight”.", "styles")
        weight = _checked("style_weights", [item.get("weight", 1.0)])[0]
        found.append(DraftStyle(key=style_of(item.get("id")).key, weight=weight))
    if not any(style.weight for style in found):
        raise RefusedError(422, "bad_value", NO_SHARE, "styles")
    return found


def _checked(name: str, value: Any) -> Any:
    try:
        return knobs()[name].check(name, value)
    except RecipeError as exc:
        raise RefusedError(422, "bad_value", str(exc), name) from exc
