"""gunicorn's entry point: `gunicorn app.wsgi:app`.

The app is built on first access, so that importing this module touches no
file.
"""

from __future__ import annotations

from typing import Any

from flask import Flask

from app import create_app
from jobs import logs
from jobs.settings import Settings


def make_app() -> Flask:
    """Build the web app from the environment."""
    settings = Settings.from_env()
    logs.configure(json_lines=settings.log_json)
    return create_app(settings)


def __getattr__(name: str) -> Any:
    if name == "app":
        return make_app()
    raise AttributeError(name)
