"""How long it will take, in words: before an order, and while it waits."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from app.forms.paint_form import PaintForm
from app.http.errors import RefusedError
from app.rules.choices import own_upload
from app.services.services import services
from app.wording import BEGINS_LATER, BEGINS_NOW, BEGINS_SOME_DAY, estimated, roughly
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.paper import result_size
from jobs.forecast import expected, forecast, queue_for
from jobs.job import Job, Upload

blueprint = Blueprint("forecasts", __name__)

_SQUARE = (1024, 1024)
_MUCH_BYTES = 8 * 2**30
_MOMENT_S = 5


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
    return jsonify(sentence=sentence(recipe, own_upload(values.get("photo_id"))))


def of_form(form: PaintForm) -> str:
    """Say what the order of a form would take, as it is drawn."""
    try:
        recipe = Recipe(**{field.name: field.data for field in form.knobs if not field.errors})
    except RecipeError:
        return ""
    return sentence(recipe, form.photo_staged)


def sentence(recipe: Recipe, photo: Upload | None) -> str:
    """Say how long a painting takes, how large it becomes, and how many wait before it."""
    store = services().store
    size, rates = (photo.height, photo.width) if photo else _SQUARE, store.rates()
    guess = expected(recipe, size, rates)
    if guess is None:
        return "This photo is too narrow to be painted at that size."
    before, _ = store.waits().get(queue_for(recipe, size, rates), (0, 0.0))
    return estimated(
        guess.seconds,
        result_size(recipe, size) if photo else None,
        guess.peak_bytes if guess.peak_bytes > _MUCH_BYTES else None,
        before,
    )


def while_waiting(job: Job) -> str:
    """Say when a waiting painting will probably begin and how long it then takes."""
    painters = [
        note for note in services().live.workers() if note.queue == job.queue and note.problem is None
    ]
    if not painters:
        return BEGINS_SOME_DAY.format(roughly(forecast(services().store, job).left_s))
    guess = forecast(services().store, job, workers=len(painters))
    if not guess.starts_in_s or guess.starts_in_s < _MOMENT_S:
        return BEGINS_NOW.format(roughly(guess.left_s))
    return BEGINS_LATER.format(roughly(guess.starts_in_s), roughly(guess.left_s))
