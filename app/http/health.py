"""Signs of life, for whoever runs the studio and for the programs that watch it."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.wrappers import Response as AnyResponse

from app.http.metrics import Metrics
from app.services.quota import free_bytes
from app.services.services import Services, services

blueprint = Blueprint("health", __name__)


def configure_health(app: Flask, here: Services) -> None:
    """Time every request, those that are refused included, and answer the programs that watch."""
    metrics = Metrics(here, shared=here.settings.metrics_folder is not None)

    @app.after_request
    def stop(response: AnyResponse) -> AnyResponse:
        if "asked_at" in g:
            labels = request.endpoint or "none", request.method, str(response.status_code)
            metrics.seconds.labels(*labels).observe(time.monotonic() - g.asked_at)
        if reason := g.get("rejected"):
            metrics.rejected.labels(reason).inc()
        return response

    app.extensions["pastiche_metrics"] = metrics.registry
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """Say that this process answers."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Ask SQL, media and Redis; ready is who can take orders and show pictures.

    That goes on while Redis is away: orders are kept and painted later. To
    take the web out of service then would turn a small loss into a large one,
    so Redis is only named here; who watches looks at `pastiche_redis_up`.
    """
    here = services()
    asked: dict[str, Callable[[], object]] = {
        "redis": here.live.ping,
        "sql": here.store.ping,
        "media": here.media.ping,
        "room": lambda: (left := free_bytes(here)) is None or left > 0,
    }
    answers = {name: _answers(name, ask) for name, ask in asked.items()}
    able = answers["sql"] and answers["media"]
    return jsonify(ready=able, **answers), 200 if able else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Hand out the figures in Prometheus's text format, to this machine or whoever has the token."""
    if not _may_watch():
        abort(404)
    return Response(
        generate_latest(current_app.extensions["pastiche_metrics"]), content_type=CONTENT_TYPE_LATEST
    )


def _may_watch() -> bool:
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    token = services().settings.metrics_token
    if token and kind.lower() == "bearer":
        return hmac.compare_digest(sent.strip().encode(), token.encode())
    # Behind a proxy on this machine that nobody has told us of, everybody seems to be here.
    hidden = not services().settings.trusted_proxies and "X-Forwarded-For" in request.headers
    return not hidden and _is_here(request.remote_addr)


def _is_here(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _answers(name: str, ask: Callable[[], object]) -> bool:
    try:
        return ask() is not False
    except Exception as exc:  # whatever is wrong with it, it does not answer
        current_app.logger.warning("not ready: %s: %s", name, exc)
        return False
