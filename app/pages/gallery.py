"""The gallery: searching pictures, and deleting, downloading or comparing several of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.keys import key_of, owner_of
from app.http.security import ensure_visitor, visitor
from app.rules.feedforward_styles import feedforward_style
from app.rules.gallery import search_from_request, selected_ids, selected_pictures, zip_response
from app.rules.paintings import queue_positions
from app.services.services import current_services
from app.wording import NOTHING_CHOSEN, UNDO_HINT, deleted_sentence
from engine.recipe.paper import result_size
from jobs.job import Status
from jobs.store.gallery import EVERYTHING, MAX_STARS

blueprint = Blueprint("gallery", __name__)

_PAGE = 30


@blueprint.get("/gallery")
def index() -> str:
    """Show finished pictures, newest first, below the paintings under way."""
    owner = ensure_visitor()
    store = current_services().store
    before = request.args.get("before")
    search = search_from_request()
    matches = store.gallery.search(owner, search, limit=_PAGE + 1, before=before)
    jobs = matches[:_PAGE]
    active = [] if before or search != EVERYTHING else store.jobs.active(owner)
    live = current_services().live
    return render_template(
        "gallery.html",
        jobs=jobs,
        labels=store.gallery.labels([job.id for job in jobs]),
        active=active,
        before=before,
        more=_address(before=jobs[-1].cursor) if len(matches) > _PAGE else None,
        progress={job.id: live.progress(job.id) for job in active if job.status is Status.PAINTING},
        sizes={job.id: result_size(job.recipe, (job.content.height, job.content.width)) for job in active},
        searched=search != EVERYTHING,
        positions=queue_positions(owner, active),
        asked=request.args,
        styles=store.gallery.style_names(owner),
        undo=request.args.get("undo"),
        notices=[("deleted", f"Deleted. {UNDO_HINT}")] if "undo" in request.args else [],
        stars=MAX_STARS,
    )


def _address(**changes: str) -> str:
    query: dict[str, Any] = {
        name: value for name, value in request.args.items() if name not in ("undo", "before") and value
    }
    return url_for("gallery.index", **(query | changes))


@blueprint.post("/gallery/delete")
def delete() -> AnyResponse:
    """Delete the selected pictures; this can be undone for a while."""
    ids = selected_ids(request.form.getlist("id"))
    title = jobs[0].title if len(ids) == 1 and (jobs := selected_pictures(ids)) else ""
    count, undo = current_services().store.gallery.remove(ids, visitor())
    if not count:
        flash(NOTHING_CHOSEN, "nothing-chosen")
        return redirect(url_for("gallery.index"), 303)
    flash(deleted_sentence(count, title), "deleted")
    return redirect(url_for("gallery.index", undo=undo), 303)


@blueprint.post("/gallery/undo")
def undo() -> AnyResponse:
    """Restore deleted pictures."""
    count = current_services().store.gallery.restore(request.form.get("undo", ""), visitor())
    message = f"{count} pictures are back." if count > 1 else "The picture is back."
    if count:
        flash(message, "restored")
    else:
        flash("It is too late to bring that back.", "restored-too-late")
    return redirect(url_for("gallery.index"), 303)


@blueprint.post("/gallery/download")
def download() -> AnyResponse:
    """Send the selected pictures as PNG files in one archive."""
    jobs = selected_pictures(request.form.getlist("id"))
    if not jobs:
        flash(NOTHING_CHOSEN, "nothing-chosen")
        return redirect(url_for("gallery.index"), 303)
    return zip_response(jobs)


@blueprint.post("/gallery/compare")
def choose_two() -> AnyResponse:
    """Redirect to the page that compares the selected pictures, which has a lasting address."""
    return redirect(url_for("gallery.compare", id=selected_ids(request.form.getlist("id"))), 303)


@blueprint.get("/compare")
def compare() -> AnyResponse | str:
    """Show two pictures side by side."""
    jobs = selected_pictures(request.args.getlist("id"))
    if len(jobs) != 2:
        flash("Select exactly two pictures to compare.", "not-two")
        return redirect(url_for("gallery.index"), 303)
    labels = current_services().store.gallery.labels([job.id for job in jobs])
    return render_template("compare.html", jobs=jobs, labels=labels, feedforward_style=feedforward_style)


@blueprint.get("/gallery/link")
def link() -> str:
    """Show the private link that opens this gallery in another browser."""
    token = key_of(ensure_visitor())
    return render_template("link.html", address=url_for("gallery.enter", token=token, _external=True))


@blueprint.route("/enter/<token>", methods=["GET", "POST"])
def enter(token: str) -> AnyResponse | str:
    """Ask before opening the gallery of a private link in this browser, then open it."""
    owner = owner_of(token)
    if owner is None:
        abort(404)
    if request.method == "GET":
        mine = visitor()
        has_pictures = bool(mine and mine != owner and current_services().store.gallery.search(mine, limit=1))
        return render_template("enter.html", own=mine == owner, has_pictures=has_pictures)
    session["owner"] = owner
    flash("This browser now opens that gallery.", "entered")
    return redirect(url_for("gallery.index"), 303)
