"""What templates may call."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf

from app.forms.fields import written
from app.rules.files import thumbnails
from app.services.services import services
from app.wording import STANDS, ago, day, duration, megabytes, network_name, plain_name, told, who_paints


def configure_templates(app: Flask) -> None:
    """Add the studio's words, and the facts that every page shows."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=ago,
        day=day,
        duration=duration,
        megabytes=megabytes,
        network_name=network_name,
        plain_name=plain_name,
        told=told,
        thumbnails=thumbnails,
        tones=_tones,
        written=written,
    )
    app.jinja_env.globals.update(STANDS=STANDS)
    app.context_processor(_facts)


def _tones(colours: str) -> str:
    """Write nine colours of three digits as the properties that a picture's place is filled by."""
    found = [f"#{colours[at : at + 3]}" for at in range(0, 27, 3)] if len(colours) == 27 else []
    rows = (",".join(found[at : at + 3]) for at in range(0, len(found), 3))
    return "".join(f" --tones-{place}: {row};" for place, row in enumerate(rows))


def _facts() -> dict[str, Any]:
    return {"painter": lambda: who_paints(services().live.workers()), "csrf": generate_csrf}
