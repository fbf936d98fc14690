"""A visitor's own styles: kept, named and removed."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor, welcome
from app.rules import library
from app.rules.choices import own_upload
from app.rules.uploads import ACCEPT, KEPT_S, stage
from app.services.services import services
from app.wording import UNDO, plain_name
from engine.errors import ImageError
from jobs.job import Upload

blueprint = Blueprint("styles", __name__, url_prefix="/styles")

LONGEST_NAME = 100


@blueprint.get("")
def index() -> str:
    """List a visitor's own styles."""
    own = library.own_styles(services().store.uploads(welcome(), "style"))
    limit = services().settings.max_upload_bytes
    removed = request.args.get("removed")
    notices = [("removed", f"Removed. {UNDO}")] if removed else []
    return render_template(
        "styles.html", own=own, accept=ACCEPT, limit=limit, removed=removed, notices=notices
    )


@blueprint.post("")
def add() -> AnyResponse:
    """Keep pictures as styles."""
    owner = welcome()
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        flash("Choose a picture first.", "no-file")
    for file in files:
        try:
            kept = stage(file, "style", owner, expiry_s=KEPT_S).upload
        except ImageError as exc:
            flash(str(exc), exc.code)
        else:
            flash(f"“{plain_name(kept.name)}” hangs on your wall.", "added")
    return redirect(url_for("styles.index"), 303)


@blueprint.post("/<id:upload_id>/name")
def rename(upload_id: str) -> AnyResponse:
    """Give a style another name."""
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    if problem := library.name_problem(name):
        flash(problem, problem.code)
    elif not services().store.rename_upload(_own(upload_id), visitor(), name):
        abort(404)
    else:
        flash(f"It is called “{plain_name(name)}” now.", "renamed")
    return redirect(url_for("styles.index"), 303)


@blueprint.post("/<id:upload_id>/remove")
def remove(upload_id: str) -> AnyResponse:
    """Take a style off the wall; paintings that have it keep it."""
    services().store.retire_upload(_own(upload_id), visitor())
    name = plain_name(_mine(upload_id).name)
    flash(f"“{name}” is off your wall; what was painted with it stays. {UNDO}", "removed")
    return redirect(url_for("styles.index", removed=upload_id), 303)


@blueprint.post("/<id:upload_id>/restore")
def restore(upload_id: str) -> AnyResponse:
    """Hang a style up again that was removed."""
    found = _mine(upload_id)
    back = services().store.restore_upload(found.id, found.owner, role="style", expiry_s=KEPT_S)
    name = plain_name(found.name)
    if back:
        flash(f"“{name}” hangs on your wall again.", "restored")
    else:
        flash(f"“{name}” could not be brought back.", "not-restored")
    return redirect(url_for("styles.index"), 303)


def _own(upload_id: str) -> str:
    found = _mine(upload_id)
    if found.role != "style":
        abort(404)
    return found.id


def _mine(upload_id: str) -> Upload:
    found = own_upload(upload_id)
    if found is None:
        abort(404)
    return found
