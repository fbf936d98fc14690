"""The pages on which paintings are ordered and found again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from app.errors import expired
from app.forms import PaintForm, problems
from app.security import visitor, welcome
from app.studio import studio
from app.uploads import ACCEPT
from engine.images import fitted_size
from jobs.job import Job, Order, Status
from jobs.store import OrderError

blueprint = Blueprint("pages", __name__)

_PAGE = 48


@blueprint.get("/")
def paint() -> str:
    """Show the form, filled with the settings of a painting or with staged pictures that are named."""
    owner = welcome()
    again = request.args.get("again")
    earlier = studio().store.job(again, owner) if again else None
    if earlier:
        return _form_page(PaintForm.again(earlier))
    form = PaintForm(formdata=None)
    form.photo_id.data = request.args.get("photo")
    form.style_id.data = request.args.getlist("style")
    form.recall()
    return _form_page(form)


@blueprint.post("/paintings")
def submit() -> AnyResponse:
    """Take an order, and send the visitor to its page."""
    welcome()
    form = PaintForm()
    if form.validate_on_submit():
        try:
            job = _submit_once(form.place_order())
        except OrderError as exc:
            field = form.photo if exc.field == "content" else form.style
            field.errors = [str(exc)]
        else:
            studio().queue.wake()
            return redirect(url_for("paintings.show", job_id=job.id), 303)
    return Response(_form_page(form), 422, mimetype="text/html")


@blueprint.errorhandler(CSRFError)
def too_old(error: CSRFError) -> AnyResponse:
    """Show the form again, with everything in it, under a token that is valid; nothing new is stored."""
    if request.endpoint != "pages.submit":
        return expired(error)
    welcome()
    form = PaintForm()
    form.recall()
    return Response(_form_page(form, too_old=True), 400, mimetype="text/html")


def _submit_once(order: Order) -> Job:
    """Submit; an order that was cancelled and is sent again from the old page is a new one."""
    store = studio().store
    job = store.submit(order)
    if job.status is Status.CANCELLED:
        store.delete(job.id, order.owner)
        job = store.submit(order)
    return job


def _form_page(form: PaintForm, *, too_old: bool = False) -> str:
    return render_template(
        "paint.html",
        form=form,
        faults=list(problems(form)),
        too_old=too_old,
        accept=ACCEPT,
        limit=studio().settings.max_upload_bytes,
    )


@blueprint.get("/gallery")
def gallery() -> str:
    """Show what was painted, newest first, and above it what is under way."""
    owner = welcome()
    store = studio().store
    before = request.args.get("before")
    found = store.gallery(owner, limit=_PAGE + 1, before=before)
    jobs = found[:_PAGE]
    more = jobs[-1].cursor if len(found) > _PAGE else None
    active = [] if before else store.active(owner)
    live = studio().live
    progress = {job.id: live.progress(job.id) for job in active if job.status is Status.PAINTING}
    sizes = {job.id: fitted_size((job.content.height, job.content.width), job.recipe.size) for job in active}
    return render_template(
        "gallery.html", jobs=jobs, active=active, more=more, before=before, progress=progress, sizes=sizes
    )


@blueprint.get("/about")
def about() -> str:
    """Say which networks paint here, what is missing, and what is taken."""
    return render_template("about.html", settings=studio().settings, workers=studio().live.workers())


@blueprint.post("/paintings/<job_id>/<wish>")
def wish(job_id: str, wish: str) -> AnyResponse:
    """Pass on what an owner wishes for a painting."""
    store, owner = studio().store, visitor()
    wishes = {
        "stop": store.wish_stop,
        "cancel": store.cancel,
        "pause": store.pause,
        "resume": store.resume,
        "retry": store.retry,
        "delete": store.delete,
    }
    job = store.job(job_id, owner)
    if wish not in wishes or job is None:
        abort(404)
    took = wishes[wish](job_id, owner)
    if took and wish in ("resume", "retry"):
        studio().queue.wake()
    if wish in ("delete", "cancel"):
        flash(f"“{job.title}” was {'deleted' if wish == 'delete' else 'cancelled'}." if took else _TOO_LATE)
        return redirect(url_for("pages.gallery"), 303)
    if not took:
        flash(_TOO_LATE)
    return redirect(url_for("paintings.show", job_id=job_id), 303)


_TOO_LATE = "That came too late: the painting had moved on."
