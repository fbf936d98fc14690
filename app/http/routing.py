"""What stands in addresses."""

from __future__ import annotations

import re

from flask import Flask, abort, request
from werkzeug.routing import BaseConverter

ID = "[0-9a-f]{32}"


class IdConverter(BaseConverter):
    """The id of a painting, an upload or a draft; what cannot be one leads nowhere."""

    regex = ID


def is_id(text: str) -> bool:
    """Whether a text can be an id."""
    return re.fullmatch(ID, text) is not None


def configure_routing(app: Flask) -> None:
    """Let addresses have `<id:…>`; to be called before they are registered."""
    app.url_map.converters["id"] = IdConverter


def configure_texts(app: Flask) -> None:
    """Refuse a NUL in addresses and forms: no text has one, and no database takes it."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if "\0" in request.path:
        abort(404)
    for sent in (request.args, request.form):
        if any("\0" in text for pair in sent.items(multi=True) for text in pair):
            abort(400)
