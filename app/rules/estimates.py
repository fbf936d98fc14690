"""How long a painting will take, in words: before an order, and while it waits."""

from __future__ import annotations

from app.services.services import services
from app.wording import BEGINS_LATER, BEGINS_NOW, BEGINS_SOME_DAY, estimated, roughly
from engine.recipe import Recipe
from engine.recipe.paper import result_size
from jobs.forecast import estimate_order, forecast, queue_for
from jobs.job import Job, Upload

_SQUARE = (1024, 1024)


_MUCH_BYTES = 8 * 2**30


_MOMENT_S = 5


def sentence(recipe: Recipe, photo: Upload | None) -> str:
    """Say how long a painting takes, how large it becomes, and how many wait before it."""
    store = services().store
    size, rates = (photo.height, photo.width) if photo else _SQUARE, store.rates()
    guess = estimate_order(recipe, size, rates)
    if guess is None:
        return "This photo is too narrow to be painted at that size."
    before, _ = store.waits().get(queue_for(recipe, size, rates), (0, 0.0))
    return estimated(
        guess.seconds,
        result_size(recipe, size) if photo else None,
        guess.peak_bytes if guess.peak_bytes > _MUCH_BYTES else None,
        before,
        guessed=rates.are_guesses,
    )


def while_waiting(job: Job) -> str:
    """Say when a waiting painting will probably begin and how long it then takes."""
    painters = [
        note for note in services().live.workers() if note.queue == job.queue and note.problem is None
    ]
    if not painters:
        return BEGINS_SOME_DAY.format(roughly(forecast(services().store, job).remaining_s))
    guess = forecast(services().store, job, workers=len(painters))
    if not guess.starts_in_s or guess.starts_in_s < _MOMENT_S:
        return BEGINS_NOW.format(roughly(guess.remaining_s))
    return BEGINS_LATER.format(roughly(guess.starts_in_s), roughly(guess.remaining_s))
