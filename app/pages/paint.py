"""The Paint page, which orders paintings."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from app.forms.paint_form import PaintForm, field_faults
from app.http.errors import RefusedError, form_expired
from app.http.security import ensure_visitor, visitor
from app.rules import estimates, library
from app.rules.choices import own_upload
from app.rules.feedforward_styles import feedforward_styles
from app.rules.orders import submit as submit_order
from app.rules.uploads import ACCEPT
from app.services.services import current_services
from app.wording import Fault, default_title, plain_name
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import Order
from jobs.store import OrderError

blueprint = Blueprint("paint", __name__)

_MAX_OWN_STYLES = 24
"""The maximum number of a visitor's own styles on the Paint page."""
_EXAMPLE_SIZE = 384


@blueprint.get("/")
def form() -> str:
    """Show the form, filled from an earlier painting or with the staged pictures in the address."""
    owner = ensure_visitor()
    again = request.args.get("again")
    earlier = current_services().store.jobs.find(again, owner) if again else None
    if earlier:
        return _render_form(PaintForm.from_job(earlier))
    form = PaintForm(formdata=None)
    form.photo_id.data = request.args.get("photo")
    form.style_id.data = request.args.getlist("style")
    form.feedforward_styles.data = (
        request.args.getlist("feedforward_style") or request.args.getlist("brush")
    )[:1]
    form.load_staged()
    return _render_form(form)


@blueprint.post("/paintings")
def submit() -> AnyResponse:
    """Accept an order, and redirect to its page."""
    ensure_visitor()
    form = PaintForm()
    if form.validate_on_submit():
        try:
            job = submit_order(form.place_order())
        except OrderError as exc:
            field = form.photo if exc.field == "content" else form.style
            field.errors = [Fault.of(exc)]
        else:
            return redirect(url_for("paintings.show", job_id=job.id), 303)
    return Response(_render_form(form), 422, mimetype="text/html")


@blueprint.errorhandler(CSRFError)
def repeat_expired_form(error: CSRFError) -> AnyResponse:
    """Show the form again, with its contents and a valid token, without storing anything."""
    if request.endpoint != "paint.submit":
        return form_expired(error)
    ensure_visitor()
    form = PaintForm()
    form.load_staged()
    return Response(_render_form(form, expired=True), 400, mimetype="text/html")


def _render_form(form: PaintForm, *, expired: bool = False) -> str:
    faults = list(field_faults(form))
    owner = visitor()
    words = request.args.get("q", "")[:100]
    staged = {upload.id for upload in form.staged_styles}
    own = library.own_styles(current_services().store.uploads.in_role(owner, "style"))
    return render_template(
        "paint.html",
        form=form,
        words=words,
        library_styles=[picture for picture in library.styles() if library.matching(words, picture.words)],
        own=[
            upload
            for upload in own
            if upload.id not in staged and library.matching(words, plain_name(upload.name))
        ][:_MAX_OWN_STYLES],
        feedforward_styles=[
            feedforward_style
            for feedforward_style in feedforward_styles()
            if library.matching(words, f"{feedforward_style.title} instant style")
        ],
        from_library={
            upload.id: picture for upload in form.staged_styles if (picture := library.source_of(upload))
        },
        example=None if form.staged_photo or faults or _has_painted(owner) else _example(),
        faults=faults,
        estimate=_estimate_of(form),
        expired=expired,
        accept=ACCEPT,
        limit=current_services().settings.max_upload_bytes,
    )


def _has_painted(owner: str) -> bool:
    store = current_services().store
    return bool(store.gallery.search(owner, limit=1) or store.jobs.active(owner))


def _example() -> list[library.LibraryPicture]:
    return [picture for key in library.EXAMPLE if (picture := library.find(key))]


@blueprint.post("/example")
def try_example() -> AnyResponse:
    """Paint the example, so that a new visitor sees the result with one click."""
    owner = ensure_visitor()
    scene, style = _example()
    order = Order(
        owner=owner,
        content_id=library.stage_picture(scene, "content", owner).id,
        style_ids=(library.stage_picture(style, "style", owner).id,),
        recipe=Recipe(size=_EXAMPLE_SIZE, quality="sketch"),
        title=default_title(scene.title, [style.title]),
        token="example",  # noqa: S106 -- so that a double click makes one painting
    )
    job = submit_order(order)
    return redirect(url_for("paintings.show", job_id=job.id), 303)


@blueprint.get("/estimate")
def estimate() -> AnyResponse:
    """Return what an order with the form's current settings would take."""
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
    return jsonify(sentence=estimates.order_estimate(recipe, own_upload(values.get("photo_id"))))


def _estimate_of(form: PaintForm) -> str:
    """Return what the order of a form would take, while the form is rendered."""
    try:
        recipe = Recipe(**{field.name: field.data for field in form.knobs if not field.errors})
    except RecipeError:
        return ""
    return estimates.order_estimate(recipe, form.staged_photo)
