"""Drafts: what a style, or a brush, would look like on a photo, before anything is ordered."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.rules.drafts import order_draft, send_draft, taken

blueprint = Blueprint("drafts", __name__)


@blueprint.post("/drafts")
def ask() -> AnyResponse:
    """Ask for a draft in place of the one that was asked for before."""
    draft_id, state = order_draft()
    return taken(draft_id, state, url_for("drafts.fetch", draft_id=draft_id))


@blueprint.get("/drafts/<id:draft_id>")
def fetch(draft_id: str) -> AnyResponse:
    """Send a draft, or say that it is not there yet."""
    return send_draft(draft_id)
