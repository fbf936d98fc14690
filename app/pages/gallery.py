"""The gallery: finding pictures, and what is done to many of them at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.keys import key_of, owner_of
from app.http.security import visitor, welcome
from app.rules.feedforward_styles import feedforward_style
from app.rules.gallery import chosen, chosen_ids, wanted, zip_of
from app.rules.paintings import own_places
from app.services.services import services
from app.wording import NOTHING_CHOSEN, UNDO, deleted
from engine.recipe.paper import result_size
from jobs.job import Status
from jobs.store.labels import EVERYTHING, MOST_STARS

blueprint = Blueprint("gallery", __name__)

_PAGE = 30


@blueprint.get("/gallery")
def index() -> str:
    """Show what was painted, newest first, and above it what is under way."""
    owner = welcome()
    store = services().store
    before = request.args.get("before")
    sought = wanted()
    found = store.search(owner, sought, limit=_PAGE + 1, before=before)
    jobs = found[:_PAGE]
    active = [] if before or sought != EVERYTHING else store.active(owner)
    live = services().live
    return render_template(
        "gallery.html",
        jobs=jobs,
        labels=store.labels([job.id for job in jobs]),
        active=active,
        before=before,
        more=_address(before=jobs[-1].cursor) if len(found) > _PAGE else None,
        progress={job.id: live.progress(job.id) for job in active if job.status is Status.PAINTING},
        sizes={job.id: result_size(job.recipe, (job.content.height, job.content.width)) for job in active},
        searched=sought != EVERYTHING,
        places=own_places(owner, active),
        asked=request.args,
        styles=store.style_names(owner),
        undo=request.args.get("undo"),
        notices=[("deleted", f"Deleted. {UNDO}")] if "undo" in request.args else [],
        stars=MOST_STARS,
    )


def _address(**changes: str) -> str:
    kept: dict[str, Any] = {
        name: value for name, value in request.args.items() if name not in ("undo", "before") and value
    }
    return url_for("gallery.index", **(kept | changes))


@blueprint.post("/gallery/delete")
def delete() -> AnyResponse:
    """Take the chosen pictures down; for a while that can be undone."""
    ids = chosen_ids(request.form.getlist("id"))
    title = jobs[0].title if len(ids) == 1 and (jobs := chosen(ids)) else ""
    count, undo = services().store.remove(ids, visitor())
    if not count:
        flash(NOTHING_CHOSEN, "nothing-chosen")
        return redirect(url_for("gallery.index"), 303)
    flash(deleted(count, title), "deleted")
    return redirect(url_for("gallery.index", undo=undo), 303)


@blueprint.post("/gallery/undo")
def undo() -> AnyResponse:
    """Hang up again what was taken down."""
    count = services().store.restore(request.form.get("undo", ""), visitor())
    back = f"{count} pictures are back." if count > 1 else "The picture is back."
    if count:
        flash(back, "restored")
    else:
        flash("It is too late to bring that back.", "restored-too-late")
    return redirect(url_for("gallery.index"), 303)


@blueprint.post("/gallery/download")
def download() -> AnyResponse:
    """Send the chosen pictures as PNG files in one archive."""
    jobs = chosen(request.form.getlist("id"))
    if not jobs:
        flash(NOTHING_CHOSEN, "nothing-chosen")
        return redirect(url_for("gallery.index"), 303)
    return zip_of(jobs)


@blueprint.post("/gallery/compare")
def choose_two() -> AnyResponse:
    """Send the visitor to the page that compares the chosen pictures; its address can be kept."""
    return redirect(url_for("gallery.compare", id=chosen_ids(request.form.getlist("id"))), 303)


@blueprint.get("/compare")
def compare() -> AnyResponse | str:
    """Show two pictures side by side."""
    jobs = chosen(request.args.getlist("id"))
    if len(jobs) != 2:
        flash("Choose exactly two pictures to compare.", "not-two")
        return redirect(url_for("gallery.index"), 303)
    labels = services().store.labels([job.id for job in jobs])
    return render_template("compare.html", jobs=jobs, labels=labels, feedforward_style=feedforward_style)


@blueprint.get("/gallery/link")
def link() -> str:
    """Show the private link that opens this gallery in another browser."""
    token = key_of(welcome())
    return render_template("link.html", address=url_for("gallery.enter", token=token, _external=True))


@blueprint.route("/enter/<token>", methods=["GET", "POST"])
def enter(token: str) -> AnyResponse | str:
    """Ask before this browser changes over to the gallery of a private link, then do so."""
    owner = owner_of(token)
    if owner is None:
        abort(404)
    if request.method == "GET":
        mine = visitor()
        has_pictures = bool(mine and mine != owner and services().store.search(mine, limit=1))
        return render_template("enter.html", own=mine == owner, has_pictures=has_pictures)
    session["owner"] = owner
    flash("This browser now opens that gallery.", "entered")
    return redirect(url_for("gallery.index"), 303)
