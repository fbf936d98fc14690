"""Taking back what was given away, and leaving without a trace."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor
from app.services.services import services

blueprint = Blueprint("erasure", __name__)


@blueprint.post("/gallery/link/revoke")
def revoke() -> AnyResponse:
    """Make every private link and key to this gallery void; browsers that it opened in stay."""
    if owner := visitor():
        services().store.revoke_keys(owner)
        flash("The old links and keys open nothing any more; this is a new one.", "revoked")
    return redirect(url_for("gallery.link"), 303)


@blueprint.get("/gallery/erase")
def ask() -> str:
    """Ask before everything is deleted."""
    return render_template("erase.html")


@blueprint.post("/gallery/erase")
def erase() -> AnyResponse:
    """Delete all that this visitor has here, and forget the visitor."""
    owner = visitor()
    if request.form.get("sure") != "yes":
        flash("Nothing was deleted: tick the box to say that you mean it.", "not-sure")
        return redirect(url_for("erasure.ask"), 303)
    if owner:
        here = services()
        for job_id in here.store.erase(owner):
            here.live.forget(job_id)
        session.pop("owner", None)
    flash("Everything of yours was deleted.", "erased")
    return redirect(url_for("gallery.index"), 303)
