"""Who sends a request, and what a browser may do with the response.

A visitor is identified by 128 random bits in the signed session cookie, which
also holds the secret of the CSRF tokens. Without a cookie a visitor owns
nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from functools import partial

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from jobs.settings import Settings

COOKIE = "pastiche"
_TLS_S = 31_536_000
_SENSORS = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone")
_DEVICES = ("browsing-topics", "hid", "midi", "payment", "serial", "usb")
_UNUSED = ", ".join(f"{feature}=()" for feature in (*_SENSORS, *_DEVICES))
"""Browser features that no page uses, and so no page may use."""
_COOKIE_LIFETIME = timedelta(days=400)  # the maximum that browsers allow
_ANY_HOST = frozenset({"health.alive", "health.ready"})
"""Endpoints that monitoring may reach under any host name; they reveal nothing and contain no links."""


def configure_security(app: Flask, settings: Settings) -> None:
    """Sign cookies, require CSRF tokens on every change, and send security headers."""
    app.config.update(
        SECRET_KEY=settings.load_secret_key(),
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=_COOKIE_LIFETIME,
        WTF_CSRF_TIME_LIMIT=None,  # a form may be left open for as long as the cookie lives
    )
    if settings.trusted_proxies:
        # Only if configured, or anybody could forge these headers. Each proxy adds an address, but the
        # scheme and the host are those that the first one saw, passed on by the others.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1)  # type: ignore[method-assign]
    if settings.trusted_hosts:
        # Before the CSRF check, because its error page contains links.
        app.before_request(partial(_check_host, settings.trusted_hosts))
    CSRFProtect(app)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def visitor() -> str:
    """Return the owner named by the cookie or the key; an empty string without either."""
    return str(g.get("owner") or session.get("owner", ""))


def ensure_visitor() -> str:
    """Return the owner named by the cookie; create a cookie for a new visitor."""
    if not visitor():
        session["owner"] = secrets.token_hex(16)
    session.permanent = True
    session.modified = True  # renews the cookie's lifetime
    return visitor()


def csp_nonce() -> str:
    """Return the nonce of this response, which our own scripts and styles carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _check_host(trusted: Collection[str]) -> None:
    # Flask's own TRUSTED_HOSTS is checked before the endpoint is known, so it allows no exceptions.
    if request.endpoint not in _ANY_HOST:
        get_host(request.environ, trusted)  # raises SecurityError


def _add_headers(response: Response) -> Response:
    nonce = csp_nonce()
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' blob:",
            "media-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_TLS_S}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = _UNUSED
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
