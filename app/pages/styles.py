"""A visitor's own styles: adding, renaming and removing them."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import ensure_visitor, visitor
from app.rules import library
from app.rules.choices import own_upload
from app.rules.uploads import ACCEPT, KEEP_S, stage
from app.services.services import current_services
from app.wording import UNDO_HINT, plain_name
from engine.errors import ImageError
from jobs.job import Upload

blueprint = Blueprint("styles", __name__, url_prefix="/styles")

LONGEST_NAME = 100


@blueprint.get("")
def index() -> str:
    """List a visitor's own styles."""
    own = library.own_styles(current_services().store.uploads.in_role(ensure_visitor(), "style"))
    limit = current_services().settings.max_upload_bytes
    removed = request.args.get("removed")
    notices = [("removed", f"Removed. {UNDO_HINT}")] if removed else []
    return render_template(
        "styles.html", own=own, accept=ACCEPT, limit=limit, removed=removed, notices=notices
    )


@blueprint.post("")
def add() -> AnyResponse:
    """Add pictures as styles."""
    owner = ensure_visitor()
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        flash("Choose a picture first.", "no-file")
    for file in files:
        try:
            added = stage(file, "style", owner, expiry_s=KEEP_S).upload
        except ImageError as exc:
            flash(str(exc), exc.code)
        else:
            flash(f"“{plain_name(added.name)}” is now one of your styles.", "added")
    return redirect(url_for("styles.index"), 303)


@blueprint.post("/<id:upload_id>/name")
def rename(upload_id: str) -> AnyResponse:
    """Rename a style."""
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    if problem := library.name_problem(name):
        flash(problem, problem.code)
    elif not current_services().store.uploads.rename(_own_style_id(upload_id), visitor(), name):
        abort(404)
    else:
        flash(f"The style is now called “{plain_name(name)}”.", "renamed")
    return redirect(url_for("styles.index"), 303)


@blueprint.post("/<id:upload_id>/remove")
def remove(upload_id: str) -> AnyResponse:
    """Remove a style; paintings made with it keep it."""
    current_services().store.uploads.retire(_own_style_id(upload_id), visitor())
    name = plain_name(_own_upload(upload_id).name)
    flash(f"“{name}” was removed. Paintings made with it stay. {UNDO_HINT}", "removed")
    return redirect(url_for("styles.index", removed=upload_id), 303)


@blueprint.post("/<id:upload_id>/restore")
def restore(upload_id: str) -> AnyResponse:
    """Restore a removed style."""
    style = _own_upload(upload_id)
    back = current_services().store.uploads.restore(style.id, style.owner, expiry_s=KEEP_S)
    name = plain_name(style.name)
    if back:
        flash(f"“{name}” is back among your styles.", "restored")
    else:
        flash(f"“{name}” could not be brought back.", "not-restored")
    return redirect(url_for("styles.index"), 303)


def _own_style_id(upload_id: str) -> str:
    upload = _own_upload(upload_id)
    if upload.role != "style" or upload.retired_at:
        abort(404)
    return upload.id


def _own_upload(upload_id: str) -> Upload:
    upload = own_upload(upload_id)
    if upload is None:
        abort(404)
    return upload
