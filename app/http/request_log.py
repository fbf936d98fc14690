"""Logs requests, with an id that marks all log lines of one request.

An address may contain a secret (the key of a link), so the log names the route
instead of the address.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from app.services.services import current_services

_log = structlog.get_logger(__name__)
_ID = re.compile(r"[\w-]{8,64}")
_SLOW_S = 1.0


def configure_request_log(app: Flask) -> None:
    """Give every request an id, and log those that changed something, failed or were slow."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.started_at = time.monotonic()
    sent = request.headers.get("X-Request-ID", "")
    # Only a trusted proxy may choose the id.
    accepted = current_services().settings.trusted_proxies and _ID.fullmatch(sent)
    g.request_id = sent if accepted else secrets.token_hex(8)
    bound = {"request_id": g.request_id}
    if job_id := (request.view_args or {}).get("job_id"):
        bound["job_id"] = str(job_id)[:32]
    structlog.contextvars.bind_contextvars(**bound)


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers["X-Request-ID"] = g.request_id
    took_s = time.monotonic() - g.started_at
    if request.method not in ("GET", "HEAD") or response.status_code >= 500 or took_s > _SLOW_S:
        _log.info(
            "answered",
            method=request.method,
            route=request.endpoint or "none",
            status=response.status_code,
            ms=round(1000 * took_s),
        )
    return response


def _forget(_: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id", "job_id")
