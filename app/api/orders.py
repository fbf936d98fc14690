"""API requests that lead to a painting: drafts, estimates, orders, continuations and variations."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired

from flask import Response, jsonify, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.api import models
from app.api.models import Painting
from app.api.operations import operation
from app.api.shapes import one_line, order_response, painting_json, recipe_of
from app.http.errors import RefusedError, TooLateError
from app.http.security import visitor
from app.rules import drafts, orders
from app.rules.choices import require_style, require_upload
from app.rules.paintings import own_painting
from app.services.services import current_services
from app.wording import default_title
from engine.recipe import MAX_STYLES, knobs, with_current_names
from jobs.forecast import estimate_order
from jobs.job import Job, Order, Upload
from jobs.kinds import VARIATION, kind_for
from jobs.media import MissingError
from jobs.store import OrderError

_DRAFT = {"id": str, "url": str, "state": Literal["busy", "nobody"], "sentence": str}
_WAITING = {"state": Literal["waiting"]}
_PAINTINGS = {"paintings": list[Painting]}
_TOKEN = {"token": NotRequired[models.Token]}


@operation("POST", "/drafts", json=drafts.Draft, answers={202: _DRAFT})
def ask_draft(sent: drafts.Draft) -> AnyResponse:
    """Request a draft, in place of the previous one."""
    draft_id, state = drafts.order_draft(sent)
    return drafts.draft_accepted(draft_id, state, url_for("api.draft", draft_id=draft_id))


@operation("GET", "/drafts/<id:draft_id>", answers={200: ("image/webp",), 202: _WAITING})
def draft(draft_id: str) -> AnyResponse:
    """Get a draft; ask again until it is ready."""
    return drafts.send_draft(draft_id)


@operation("POST", "/estimate", json=models.Question, answers={200: models.Estimate})
def estimate(sent: models.Question) -> Response:
    """Estimate the time and memory that an order would take."""
    photo = require_upload(sent["photo"], "photo")
    guess = estimate_order(
        recipe_of(sent.get("recipe", {})), (photo.height, photo.width), current_services().store.costs.rates()
    )
    if guess is None:
        raise RefusedError(422, "bad_value", "The photo is too narrow to be painted at that size.", "photo")
    return jsonify(seconds=round(guess.seconds, 1), peak_bytes=guess.peak_bytes)


@operation("POST", "/paintings", json=models.Order, answers={201: Painting})
def order(sent: models.Order) -> tuple[Response, int, dict[str, str]]:
    """Order a painting."""
    photo = require_upload(sent["photo"], "photo")
    recipe = recipe_of(sent.get("recipe", {}))
    styles = _styles(sent.get("styles") or []) if kind_for(recipe).needs_styles else []
    names = [style.name for style in styles] or [
        knobs()["feedforward_style"].choice_label(recipe.feedforward_style)
    ]
    order = Order(
        owner=visitor(),
        content_id=photo.id,
        style_ids=tuple(style.id for style in styles),
        recipe=recipe,
        title=one_line(sent.get("title", "")) or default_title(photo.name, names),
        token=_token(sent),
        mask_ids=_masks(sent.get("masks"), len(styles)),
        content_mask_id=require_upload(sent["content_mask"], "content_mask").id
        if "content_mask" in sent
        else None,
    )
    try:
        return order_response(orders.submit(order))
    except OrderError as exc:
        raise RefusedError(422, "bad_value", str(exc), exc.field) from exc


@operation(
    "POST",
    "/paintings/<id:job_id>/continuation",
    json=models.Continuation,
    answers={201: Painting},
    former="/paintings/<id:job_id>/further",
)
def continuation(parent: Job, sent: models.Continuation) -> tuple[Response, int, dict[str, str]]:
    """Continue painting from its result or from a snapshot."""
    snapshot = current_services().store.snapshots.at_step(parent.id, sent["step"]) if "step" in sent else None
    if "step" in sent and snapshot is None:
        raise RefusedError(404, "unknown_snapshot", "There is no snapshot at that step.", "step")
    changes = with_current_names(sent.get("recipe", {}))
    recipe_of(changes, parent.recipe)
    try:
        return order_response(orders.order_continuation(parent, snapshot, changes, _token(sent)))
    except (OrderError, MissingError) as exc:
        raise RefusedError(409, "no_result", "There is no finished picture to continue from yet.") from exc


@operation("GET", "/paintings/<id:job_id>/variations", answers={200: _PAINTINGS})
def contact_sheet(job_id: str) -> Response:
    """List its variations."""
    return jsonify(
        paintings=[
            painting_json(job) for job in current_services().store.jobs.variations(own_painting(job_id))
        ]
    )


@operation("POST", "/paintings/<id:job_id>/variations", json={}, answers={201: _PAINTINGS})
def order_contact_sheet(job: Job, sent: dict[str, Any]) -> tuple[Response, int]:  # noqa: ARG001 -- empty
    """Order its variations, once: small sketches, each with one setting changed."""
    if not orders.may_vary(job):
        raise RefusedError(
            409, "no_variations", "Only a finished painting made from style pictures can have variations."
        )
    try:
        made = orders.order_variations(job)
    except OrderError as exc:
        raise RefusedError(409, "too_late", str(exc)) from exc
    return jsonify(paintings=[painting_json(one) for one in made]), 201


@operation("POST", "/paintings/<id:job_id>/large", json=_TOKEN, answers={201: Painting})
def paint_large(chosen: Job, sent: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Paint a variation at the size of the painting it was made from."""
    if chosen.kind is not VARIATION:
        raise RefusedError(409, "no_variation", "This picture is not on a contact sheet.")
    try:
        return order_response(orders.order_large(chosen, _token(sent)))
    except OrderError as exc:
        raise TooLateError from exc


def _styles(chosen: Sequence[str]) -> list[Upload]:
    if not 1 <= len(chosen) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Send 1 to {MAX_STYLES} styles, or a one-pass style.", "styles")
    return [require_style(item) for item in chosen]


def _masks(sent: Sequence[str | None] | None, styles: int) -> tuple[str | None, ...]:
    if not sent:
        return ()
    if len(sent) != styles:
        raise RefusedError(422, "bad_value", "Send a mask, or null, for each style.", "masks")
    return tuple(None if mask is None else require_upload(mask, "masks").id for mask in sent)


def _token(sent: Mapping[str, Any]) -> str:
    return f"api {sent.get('token') or secrets.token_hex(16)}"
