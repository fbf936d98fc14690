"""The pages on which paintings are ordered and found again."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from app.forms.paint_form import PaintForm, problems
from app.http.errors import RefusedError, expired
from app.http.security import visitor, welcome
from app.rules import estimates, library
from app.rules.choices import own_upload
from app.rules.feedforward_styles import feedforward_styles
from app.rules.uploads import ACCEPT
from app.services.services import services
from app.wording import Fault, made_title, plain_name
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.forecast import with_queue
from jobs.job import Job, Order
from jobs.store import OrderError

blueprint = Blueprint("paint", __name__)

_OWN = 24
"""As many of a visitor's own styles hang on the wall."""
_EXAMPLE_SIZE = 384


@blueprint.get("/")
def form() -> str:
    """Show the form, filled with the settings of a painting or with staged pictures that are named."""
    owner = welcome()
    again = request.args.get("again")
    earlier = services().store.job(again, owner) if again else None
    if earlier:
        return _form_page(PaintForm.again(earlier))
    form = PaintForm(formdata=None)
    form.photo_id.data = request.args.get("photo")
    form.style_id.data = request.args.getlist("style")
    form.feedforward_styles.data = (
        request.args.getlist("feedforward_style") or request.args.getlist("brush")
    )[:1]
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
    if request.endpoint != "paint.submit":
        return expired(error)
    welcome()
    form = PaintForm()
    form.recall()
    return Response(_form_page(form, too_old=True), 400, mimetype="text/html")


def _submit(order: Order) -> Job:
    store = services().store
    return store.submit(with_queue(store, order))


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
            if library.matching(words, f"{feedforward_style.title} instant style")
        ],
        hung={up.id: piece for up in form.styles_staged if (piece := library.of_upload(up))},
        example=None if form.photo_staged or faults or _has_painted(owner) else _example(),
        faults=faults,
        estimate=_estimate_of(form),
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


@blueprint.get("/estimate")
def estimate() -> AnyResponse:
    """Say what an order would take, for the choices that stand in the form now."""
    values = request.args
    try:
        recipe = Recipe(
            **{
                name: knob.parse(name, ",".join(values.getlist(name)))
                for name, knob in knobs().items()
                if name in values
            }
        )
    except RecipeError as exc:
        raise RefusedError(422, "bad_value", str(exc), exc.field) from exc
    return jsonify(sentence=estimates.sentence(recipe, own_upload(values.get("photo_id"))))


def _estimate_of(form: PaintForm) -> str:
    """Say what the order of a form would take, as it is drawn."""
    try:
        recipe = Recipe(**{field.name: field.data for field in form.knobs if not field.errors})
    except RecipeError:
        return ""
    return estimates.sentence(recipe, form.photo_staged)
