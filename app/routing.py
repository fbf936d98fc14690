"""What stands in addresses."""

from __future__ import annotations

import re

from flask import Flask
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
