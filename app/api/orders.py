"""Ordering: drafts, estimates, paintings, and what goes on from them."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, jsonify, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.api.authentication import blueprint
from app.api.shapes import line, ordered, painting_shape, recipe_of, too_late
from app.http.errors import RefusedError
from app.http.json_body import body
from app.http.security import visitor
from app.rules import drafts
from app.rules.choices import style_of, upload_of
from app.rules.feedforward_styles import feedforward_style as find_feedforward_style
from app.rules.paintings import owned
from app.rules.variations import may_vary, pick, vary
from app.services.services import services
from app.wording import made_title
from engine.recipe import MAX_STYLES, with_current_names
from jobs.continuation import continue_painting
from jobs.forecast import estimate_order, with_queue
from jobs.job import DONE, Order, Upload
from jobs.media import MissingError
from jobs.store import OrderError


@blueprint.post("/drafts")
def ask_draft() -> AnyResponse:
    """Ask for a draft, in place of the one that was asked for before."""
    draft_id, state = drafts.order_draft()
    return drafts.taken(draft_id, state, url_for("api.draft", draft_id=draft_id))


@blueprint.get("/drafts/<id:draft_id>")
def draft(draft_id: str) -> AnyResponse:
    """Send a draft, or say that it is not there yet."""
    return drafts.send_draft(draft_id)


@blueprint.post("/estimate")
def estimate() -> Response:
    """Estimate what an order would take."""
    sent = body("photo", photo=str, recipe=dict)
    photo = upload_of(sent["photo"], "photo")
    guess = estimate_order(
        recipe_of(sent.get("recipe", {})), (photo.height, photo.width), services().store.rates()
    )
    if guess is None:
        raise RefusedError(422, "bad_value", "The photo is too narrow to be painted at that size.", "photo")
    return jsonify(seconds=round(guess.seconds, 1), peak_bytes=guess.peak_bytes)


@blueprint.post("/paintings")
def order() -> tuple[Response, int, dict[str, str]]:
    """Order a painting."""
    sent = body(
        "photo", photo=str, styles=list, masks=list, content_mask=str, recipe=dict, title=str, token=str
    )
    photo = upload_of(sent["photo"], "photo")
    recipe = recipe_of(sent.get("recipe", {}))
    feedforward_style = find_feedforward_style(recipe.feedforward_style)
    styles = [] if feedforward_style else _styles(sent.get("styles") or [])
    names = [feedforward_style.title] if feedforward_style else [style.name for style in styles]
    placed = Order(
        owner=visitor(),
        content_id=photo.id,
        style_ids=tuple(style.id for style in styles),
        recipe=recipe,
        title=line(sent.get("title", "")) or made_title(photo.name, names),
        token=_token(sent),
        mask_ids=_masks(sent.get("masks"), len(styles)),
        content_mask_id=upload_of(sent["content_mask"], "content_mask").id
        if "content_mask" in sent
        else None,
    )
    try:
        store = services().store
        job = store.submit(with_queue(store, placed))
    except OrderError as exc:
        raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
    return ordered(job)


@blueprint.post("/paintings/<id:job_id>/further")  # the path of release 1.0
@blueprint.post("/paintings/<id:job_id>/continuation")
def continuation(job_id: str) -> tuple[Response, int, dict[str, str]]:
    """Order a painting that goes on from this one's result, or from a picture on its way."""
    here, parent = services(), owned(job_id)
    sent = body(step=int, recipe=dict, token=str)
    snapshot = here.store.snapshot(parent.id, sent["step"]) if "step" in sent else None
    if "step" in sent and snapshot is None:
        raise RefusedError(404, "unknown_snapshot", "There is no snapshot of that step.", "step")
    changes = with_current_names(sent.get("recipe", {}))
    recipe_of(changes, parent.recipe)
    try:
        job = continue_painting(
            here.store, here.media, parent, snapshot=snapshot, changes=changes,
            token=_token(sent), expiry_s=here.settings.upload_expiry_s,
        )  # fmt: skip
    except (OrderError, MissingError) as exc:
        raise RefusedError(409, "no_result", "There is no finished picture to go on from yet.") from exc
    return ordered(job)


@blueprint.get("/paintings/<id:job_id>/variations")
def contact_sheet(job_id: str) -> Response:
    """List the contact sheet of a painting."""
    return jsonify(paintings=[painting_shape(job) for job in services().store.variations(owned(job_id))])


@blueprint.post("/paintings/<id:job_id>/variations")
def order_contact_sheet(job_id: str) -> tuple[Response, int]:
    """Order the contact sheet of a painting, once: small sketches, each otherwise in one thing."""
    job = owned(job_id)
    body()
    if job.status not in DONE or not may_vary(job):
        raise RefusedError(409, "no_variations", "Only a finished painting in a style has variations.")
    try:
        made = vary(job)
    except OrderError as exc:
        raise RefusedError(409, "too_late", str(exc)) from exc
    return jsonify(paintings=[painting_shape(one) for one in made]), 201


@blueprint.post("/paintings/<id:job_id>/large")
def paint_large(job_id: str) -> tuple[Response, int, dict[str, str]]:
    """Paint a variation in the size of the painting whose sheet it is on."""
    chosen = owned(job_id)
    sent = body(token=str)
    if not chosen.contact_sheet:
        raise RefusedError(409, "no_variation", "This is no picture of a contact sheet.")
    try:
        return ordered(pick(chosen, _token(sent)))
    except OrderError as exc:
        raise too_late() from exc


def _styles(chosen: list[Any]) -> list[Upload]:
    if not 1 <= len(chosen) <= MAX_STYLES:
        raise RefusedError(422, "bad_value", f"Give 1 to {MAX_STYLES} styles, or a one-pass style.", "styles")
    return [style_of(item) for item in chosen]


def _masks(sent: list[Any] | None, styles: int) -> tuple[str | None, ...]:
    if not sent:
        return ()
    if len(sent) != styles:
        raise RefusedError(422, "bad_value", "Give a mask, or null, for each style.", "masks")
    return tuple(None if mask is None else upload_of(mask, "masks").id for mask in sent)


def _token(sent: dict[str, Any]) -> str:
    return f"api {sent.get('token') or secrets.token_hex(16)}"
