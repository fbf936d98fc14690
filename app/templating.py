"""What templates may call."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf

from app.fields import written
from app.studio import studio
from app.wording import STANDS, ago, day, duration, megabytes, plain_name, told, who_paints


def configure_templates(app: Flask) -> None:
    """Add the studio's words, and the facts that every page shows."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=ago,
        day=day,
        duration=duration,
        megabytes=megabytes,
        plain_name=plain_name,
        told=told,
        written=written,
    )
    app.jinja_env.globals.update(STANDS=STANDS)
    app.context_processor(_facts)


def _facts() -> dict[str, Any]:
    return {"painter": lambda: who_paints(studio().live.workers()), "csrf": generate_csrf}
