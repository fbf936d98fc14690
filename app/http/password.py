"""The studio's own password, where it has one: who does not know it sees this page and no other.

What stays open: our own files, signs of life, and the links by which owners
show a picture to others. Programs send the key of a gallery, which nobody has
who never came in.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError, wants_json
from app.services.services import services
from jobs.password import matches
from jobs.settings import Settings

blueprint = Blueprint("password", __name__)

OPEN = frozenset(
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
"""What is open to everybody."""


def configure_password(app: Flask, settings: Settings) -> None:
    """Close the door, if the studio has a password."""
    app.register_blueprint(blueprint)
    if settings.password_hash:
        app.before_request(_keep_out)


@blueprint.get("/door")
def show() -> AnyResponse | str:
    """Ask for the password."""
    return render_template("password.html", wrong=False) if _closed() else redirect(url_for("paint.form"))


@blueprint.post("/door")
def enter() -> AnyResponse | tuple[str, int]:
    """Let in whoever knows the password; they then see what they asked for."""
    if _closed() and not matches(request.form.get("password", "")[:1000], _hash()):
        return render_template("password.html", wrong=True), 401
    session["inside"] = _mark()
    return redirect(_own_address(request.form.get("next", "")) or url_for("paint.form"), 303)


def _keep_out() -> AnyResponse | None:
    if not _closed() or request.endpoint in OPEN:
        return None
    if request.blueprint == "api" and request.endpoint != "api.make_key":
        return None  # a key is asked for there
    if wants_json():
        raise RefusedError(401, "password", "This studio has a password; open it in a browser first.")
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("password.show", next=asked), 303)


def _own_address(wanted: str) -> str | None:
    # Two slashes, either way round, begin an address of another host.
    plain = wanted.isprintable() and wanted[:1] == "/" and wanted[1:2] not in ("/", "\\")
    return wanted if plain else None


def _closed() -> bool:
    return bool(_hash()) and not hmac.compare_digest(str(session.get("inside", "")), _mark())


def _hash() -> str:
    return services().settings.password_hash or ""


def _mark() -> str:
    # With the password changes what the cookie must hold, so that everybody is asked again.
    return hashlib.sha256(f"inside {_hash()}".encode()).hexdigest()[:32]
