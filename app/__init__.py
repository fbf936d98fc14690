"""The web: pages, files, the API, and the JSON that the pages' scripts ask for.

Nothing is painted here. An order goes into SQL, a worker is woken, and the
pages show what the worker publishes. `create_app` assembles the parts.
"""

from __future__ import annotations

from flask import Flask

from app import api
from app.http.assets import ROOT, configure_assets
from app.http.compression import configure_compression
from app.http.errors import configure_errors
from app.http.health import configure_health
from app.http.limits import configure_limits
from app.http.password import configure_password
from app.http.request_log import configure_request_log
from app.http.routing import configure_nul_check, configure_routing
from app.http.security import configure_security
from app.pages import (
    about,
    continuation,
    drafts,
    erasure,
    files,
    films,
    gallery,
    labels,
    paint,
    paintings,
    steering,
    styles,
)
from app.rules.uploads import MAX_FILES, StudioRequest
from app.services.services import Services
from app.templating import configure_templates
from jobs.settings import Settings

__all__ = ["create_app"]

_MEGABYTE = 2**20

_PAGES = (
    paint,
    drafts,
    paintings,
    steering,
    continuation,
    films,
    gallery,
    labels,
    files,
    styles,
    erasure,
    about,
)


def create_app(settings: Settings) -> Flask:
    """Build the web app from its settings."""
    app = Flask(
        "pastiche",
        root_path=str(ROOT / "app"),
        template_folder=ROOT / "templates",
        static_folder=ROOT / "static",
    )
    services = _configure_services(app, settings)
    _configure_limits(app, settings)
    configure_routing(app)
    configure_request_log(app)
    configure_security(app, settings)
    configure_errors(app)
    configure_password(app, settings)
    configure_limits(app, settings)
    configure_nul_check(app)
    configure_compression(app)
    configure_assets(app)
    configure_templates(app)
    configure_health(app, services)
    _configure_pages(app)
    return app


def _configure_services(app: Flask, settings: Settings) -> Services:
    services = Services.open(settings)
    app.extensions["pastiche"] = services
    return services


def _configure_limits(app: Flask, settings: Settings) -> None:
    app.request_class = StudioRequest
    app.config.update(
        MAX_UPLOAD_BYTES=settings.max_upload_bytes,
        # Enough for the photo and every style. A single file that is too large is read to its
        # end without being kept, so that the form can be shown again.
        MAX_CONTENT_LENGTH=MAX_FILES * settings.max_upload_bytes + _MEGABYTE,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        MAX_FORM_PARTS=200,
    )


def _configure_pages(app: Flask) -> None:
    for module in _PAGES:
        app.register_blueprint(module.blueprint)
    app.register_blueprint(api.page.blueprint)
    app.register_blueprint(api.blueprint)
    # A key is only ever sent on purpose; no browser sends one by itself.
    app.extensions["csrf"].exempt(api.blueprint)
