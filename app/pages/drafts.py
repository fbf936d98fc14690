"""Drafts: a quick preview of styles on a photo, before anything is ordered."""

from __future__ import annotations

from flask import Blueprint, url_for
from pydantic import TypeAdapter
from werkzeug.wrappers import Response as AnyResponse

from app.http.json_body import read_json
from app.rules.drafts import Draft, draft_accepted, order_draft, send_draft

blueprint = Blueprint("drafts", __name__)

_DRAFT = TypeAdapter(Draft)


@blueprint.post("/drafts")
def ask() -> AnyResponse:
    """Request a draft, in place of the previous one."""
    draft_id, state = order_draft(read_json(_DRAFT))
    return draft_accepted(draft_id, state, url_for("drafts.fetch", draft_id=draft_id))


@blueprint.get("/drafts/<id:draft_id>")
def fetch(draft_id: str) -> AnyResponse:
    """Send a draft, or 202 while it is not ready."""
    return send_draft(draft_id)
