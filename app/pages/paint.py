"""The pages on which paintings are ordered and found again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from app.api.document import openapi
from app.forms.paint_form import PaintForm, problems
from app.http.errors import expired
from app.http.keys import key_of
from app.http.security import visitor, welcome
from app.pages import about as about_page
from app.pages import estimates
from app.rules import library
from app.rules.feedforward_styles import feedforward_styles
from app.rules.uploads import ACCEPT
from app.services.services import services
from app.wording import TOO_LATE, Fault, deleted, made_title, plain_name
from engine.recipe import Recipe
from engine.version import __version__
from jobs.forecast import in_its_queue
from jobs.job import DONE, Job, Order
from jobs.store import OrderError

blueprint = Blueprint("pages", __name__)

_OWN = 24
"""As many of a visitor's own styles hang on the wall."""
_EXAMPLE_SIZE = 384


@blueprint.get("/")
def paint() -> str:
    """Show the form, filled with the settings of a painting or with staged pictures that are named."""
    owner = welcome()
    again = request.args.get("again")
    earlier = services().store.job(again, owner) if again else None
    if earlier:
        return _form_page(PaintForm.again(earlier))
    form = PaintForm(formdata=None)
    form.photo_id.data = request.args.get("photo")
    form.style_id.data = request.args.getlist("style")
    form.feedforward_styles.data = request.args.getlist("feedforward_style")[:1]
    form.recall()
    return _form_page(form)


@blueprint.post("/paintings")
def submit() -> AnyResponse:
    """Take an order, and send the visitor to its page."""
    welcome()
    form = PaintForm()
    if form.validate_on_submit():
        try:
            job = _submit(form.place_order())
        except OrderError as exc:
            field = form.photo if exc.field == "content" else form.style
            field.errors = [Fault.of(exc)]
        else:
            services().queue.wake(job.queue)
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


def _submit(order: Order) -> Job:
    store = services().store
    return store.submit(in_its_queue(store, order))


def _form_page(form: PaintForm, *, too_old: bool = False) -> str:
    faults = list(problems(form))
    owner = visitor()
    words = request.args.get("q", "")[:100]
    staged = {upload.id for upload in form.styles_staged}
    own = library.own_styles(services().store.uploads(owner, "style"))
    return render_template(
        "paint.html",
        form=form,
        words=words,
        pieces=[piece for piece in library.styles() if library.matching(words, piece.words)],
        own=[up for up in own if up.id not in staged and library.matching(words, plain_name(up.name))][:_OWN],
        feedforward_styles=[
            feedforward_style
            for feedforward_style in feedforward_styles()
            if library.matching(words, f"{feedforward_style.title} brush")
        ],
        hung={up.id: piece for up in form.styles_staged if (piece := library.of_upload(up))},
        example=None if form.photo_staged or faults or _has_painted(owner) else _example(),
        faults=faults,
        estimate=estimates.of_form(form),
        too_old=too_old,
        accept=ACCEPT,
        limit=services().settings.max_upload_bytes,
    )


def _has_painted(owner: str) -> bool:
    store = services().store
    return bool(store.search(owner, limit=1) or store.active(owner))


def _example() -> list[library.Piece]:
    return [piece for key in library.EXAMPLE if (piece := library.piece(key))]


@blueprint.post("/example")
def try_example() -> AnyResponse:
    """Paint the example, so that a first visitor sees what happens here with one click."""
    owner = welcome()
    scene, style = _example()
    order = Order(
        owner=owner,
        content_id=library.stage_piece(scene, "content", owner).id,
        style_ids=(library.stage_piece(style, "style", owner).id,),
        recipe=Recipe(size=_EXAMPLE_SIZE, quality="sketch"),
        title=made_title(scene.title, [style.title]),
        token="example",  # noqa: S106 -- so that a double click makes one painting
    )
    job = _submit(order)
    services().queue.wake(job.queue)
    return redirect(url_for("paintings.show", job_id=job.id), 303)


@blueprint.get("/about")
def about() -> str:
    """Say which networks paint here, what is missing, and what is taken."""
    here = services()
    return render_template(
        "about.html",
        version=__version__,
        settings=here.settings,
        workers=here.live.workers(),
        fetching=about_page.fetching(here.live.fetching()),
    )


@blueprint.get("/api")
def api() -> str:
    """Show what programs may ask, from the API's own document."""
    return render_template(
        "api.html", document=openapi.document(services().settings.max_upload_bytes), key=key_of(welcome())
    )


@blueprint.post("/paintings/<id:job_id>/<wish>")
def wish(job_id: str, wish: str) -> AnyResponse:
    """Pass on what an owner wishes for a painting."""
    store, owner = services().store, visitor()
    wishes = {
        "stop": store.request_stop,
        "cancel": store.cancel,
        "pause": store.pause,
        "resume": store.resume,
        "retry": store.retry,
        "delete": store.delete,
    }
    job = store.job(job_id, owner)
    if wish not in wishes or job is None:
        abort(404)
    if wish == "delete" and job.status in DONE:
        _, undo = store.remove([job_id], owner)
        flash(deleted(1, job.title), "deleted")
        return redirect(url_for("gallery.index", undo=undo), 303)
    took = wishes[wish](job_id, owner)
    if took and wish in ("resume", "retry", "stop"):
        services().queue.wake(job.queue)
    if wish in ("delete", "cancel"):
        ended = "deleted" if wish == "delete" else "cancelled"
        flash(f"“{job.title}” was {ended}." if took else TOO_LATE, ended if took else "too-late")
        return redirect(url_for("gallery.index"), 303)
    if not took:
        flash(TOO_LATE, "too-late")
    return redirect(url_for("paintings.show", job_id=job_id), 303)
