"""Revoking links and keys, and deleting all data of a visitor."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor
from app.services.services import current_services

blueprint = Blueprint("erasure", __name__)


@blueprint.post("/gallery/link/revoke")
def revoke() -> AnyResponse:
    """Revoke every private link and key to this gallery; browsers that have it open keep it."""
    if owner := visitor():
        current_services().store.owners.revoke_keys(owner)
        flash("The old links and keys no longer work. This is a new one.", "revoked")
    return redirect(url_for("gallery.link"), 303)


@blueprint.get("/gallery/erase")
def ask() -> str:
    """Ask for confirmation before everything is deleted."""
    return render_template("erase.html")


@blueprint.post("/gallery/erase")
def erase() -> AnyResponse:
    """Delete everything this visitor has here, and forget the visitor."""
    owner = visitor()
    if request.form.get("sure") != "yes":
        flash("Nothing was deleted. Tick the box to confirm.", "not-sure")
        return redirect(url_for("erasure.ask"), 303)
    if owner:
        services = current_services()
        for job_id in services.store.owners.erase(owner):
            services.live.forget(job_id)
        session.pop("owner", None)
    flash("Everything you had here was deleted.", "erased")
    return redirect(url_for("gallery.index"), 303)
