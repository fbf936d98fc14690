"""Health checks and metrics, for operators and monitoring."""

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
from app.services.services import Services, current_services

blueprint = Blueprint("health", __name__)


def configure_health(app: Flask, services: Services) -> None:
    """Time every request, including refused ones, and register the health checks."""
    metrics = Metrics(services, shared=services.settings.metrics_folder is not None)

    @app.after_request
    def stop(response: AnyResponse) -> AnyResponse:
        if "started_at" in g:
            labels = request.endpoint or "none", request.method, str(response.status_code)
            metrics.seconds.labels(*labels).observe(time.monotonic() - g.started_at)
        if reason := g.get("rejected"):
            metrics.rejected.labels(reason).inc()
        return response

    app.extensions["pastiche_metrics"] = metrics.registry
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """Confirm that this process responds."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Check SQL, media and Redis; ready means able to take orders and show pictures.

    Both still work while Redis is down: orders are stored and painted later.
    Taking the web out of service then would make a small outage a large one, so
    Redis is only reported here. Monitor `pastiche_redis_up` instead.
    """
    services = current_services()
    checks: dict[str, Callable[[], object]] = {
        "redis": services.live.ping,
        "sql": services.store.ping,
        "media": services.media.ping,
        "room": lambda: (left := free_bytes(services)) is None or left > 0,
    }
    results = {name: _is_up(name, check) for name, check in checks.items()}
    able = results["sql"] and results["media"]
    return jsonify(ready=able, **results), 200 if able else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics in Prometheus's text format, to this machine or to anyone with the token."""
    if not _may_see_metrics():
        abort(404)
    return Response(
        generate_latest(current_app.extensions["pastiche_metrics"]), content_type=CONTENT_TYPE_LATEST
    )


def _may_see_metrics() -> bool:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    token = current_services().settings.metrics_token
    if token and scheme.lower() == "bearer":
        return hmac.compare_digest(sent.strip().encode(), token.encode())
    # Behind an unconfigured proxy on this machine, every client seems to be local.
    hidden = not current_services().settings.trusted_proxies and "X-Forwarded-For" in request.headers
    return not hidden and _is_loopback(request.remote_addr)


def _is_loopback(address: str | None) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    # A socket that listens on “::” names IPv4 addresses as ::ffff:127.0.0.1.
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _is_up(name: str, check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except Exception as exc:  # for whatever reason, it does not respond
        current_app.logger.warning("not ready: %s: %s", name, exc)
        return False
