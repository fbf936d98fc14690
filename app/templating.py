"""The filters and variables of templates."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf

from app.forms.fields import format_value
from app.rules.files import thumbnails
from app.services.services import current_services
from app.wording import (
    STATUS_SENTENCES,
    ago,
    day,
    duration,
    event_sentence,
    megabytes,
    network_name,
    painter_status,
    plain_name,
)


def configure_templates(app: Flask) -> None:
    """Add the filters, and the variables that every page uses."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=ago,
        day=day,
        duration=duration,
        megabytes=megabytes,
        network_name=network_name,
        plain_name=plain_name,
        event_sentence=event_sentence,
        thumbnails=thumbnails,
        tones=_tone_properties,
        format_value=format_value,
    )
    app.jinja_env.globals.update(STATUS_SENTENCES=STATUS_SENTENCES)
    app.context_processor(_page_context)


def _tone_properties(colours: str) -> str:
    """Return the CSS properties of a picture's placeholder, from its nine colours of three hex digits."""
    tones = [f"#{colours[at : at + 3]}" for at in range(0, 27, 3)] if len(colours) == 27 else []
    rows = (",".join(tones[at : at + 3]) for at in range(0, len(tones), 3))
    return "".join(f" --tones-{number}: {row};" for number, row in enumerate(rows))


def _page_context() -> dict[str, Any]:
    return {"painter": lambda: painter_status(current_services().live.workers()), "csrf": generate_csrf}
