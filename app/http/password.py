"""The optional password of the studio: without it, a visitor sees only the password page.

Static files, health checks and the links that share a picture stay open.
Programs send the key of a gallery, which nobody can get without the password.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.services.services import current_services
from jobs.password import matches
from jobs.settings import Settings

blueprint = Blueprint("password", __name__)

OPEN_ENDPOINTS = frozenset(
    {
        "static",
        "password.show",
        "password.enter",
        "health.alive",
        "health.ready",
        "health.metrics",
        "labels.shared",
        "labels.shared_picture",
        "api.openapi",
    }
)
"""The endpoints that need no password."""


def configure_password(app: Flask, settings: Settings) -> None:
    """Require the password on every other page, if the studio has one."""
    app.register_blueprint(blueprint)
    if settings.password_hash:
        app.before_request(_require_password)


@blueprint.get("/door")
def show() -> AnyResponse | str:
    """Ask for the password."""
    return render_template("password.html", wrong=False) if _locked() else redirect(url_for("paint.form"))


@blueprint.post("/door")
def enter() -> AnyResponse | tuple[str, int]:
    """Check the password, and redirect to the requested page."""
    if _locked() and not matches(request.form.get("password", "")[:1000], _hash()):
        return render_template("password.html", wrong=True), 401
    session["inside"] = _session_proof()
    return redirect(_local_address(request.form.get("next", "")) or url_for("paint.form"), 303)


def _require_password() -> AnyResponse | None:
    if not _locked() or request.endpoint in OPEN_ENDPOINTS:
        return None
    if request.blueprint == "api" and request.endpoint != "api.make_key":
        return None  # these requests need a key
    if wants_json():
        raise RefusedError(
            401, "password", "This studio is protected by a password. Open it in a browser first."
        )
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("password.show", next=target), 303)


def _local_address(target: str) -> str | None:
    # Two slashes of either kind start an address on another host.
    is_local = target.isprintable() and target[:1] == "/" and target[1:2] not in ("/", "\\")
    return target if is_local else None


def _locked() -> bool:
    return bool(_hash()) and not hmac.compare_digest(str(session.get("inside", "")), _session_proof())


def _hash() -> str:
    return current_services().settings.password_hash or ""


def _session_proof() -> str:
    # It depends on the password, so that everybody is asked again when the password changes.
    return hashlib.sha256(f"inside {_hash()}".encode()).hexdigest()[:32]
