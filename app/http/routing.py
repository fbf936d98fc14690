"""Converters and checks for addresses."""

from __future__ import annotations

import re

from flask import Flask, abort, request
from werkzeug.routing import BaseConverter

ID = "[0-9a-f]{32}"


class IdConverter(BaseConverter):
    """The id of a painting, an upload or a draft; anything else gets a 404."""

    regex = ID


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return re.fullmatch(ID, text) is not None


def configure_routing(app: Flask) -> None:
    """Allow `<id:…>` in routes; call this before routes are registered."""
    app.url_map.converters["id"] = IdConverter


def configure_nul_check(app: Flask) -> None:
    """Refuse NUL in addresses and forms, since no database accepts it."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if "\0" in request.path:
        abort(404)
    for sent in (request.args, request.form):
        if any("\0" in text for pair in sent.items(multi=True) for text in pair):
            abort(400)
