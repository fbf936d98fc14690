"""Sentences about how long a painting will take: before it is ordered, and while it waits."""

from __future__ import annotations

from app.services.services import current_services
from app.wording import BEGINS_LATER, BEGINS_NOW, BEGINS_UNKNOWN, estimate_sentence, roughly
from engine.recipe import Recipe
from engine.recipe.paper import result_size
from jobs.forecast import estimate_order, forecast, queue_for
from jobs.job import Job, Upload

_ASSUMED_PHOTO = (1024, 1024)
"""The (height, width) to assume while there is no photo."""
_NOTABLE_BYTES = 8 * 2**30
"""From here on the memory is worth mentioning."""
_MOMENT_S = 5


def order_estimate(recipe: Recipe, photo: Upload | None) -> str:
    """Return how long a painting takes, how large it will be, and how many are ahead of it."""
    store = current_services().store
    size, rates = (photo.height, photo.width) if photo else _ASSUMED_PHOTO, store.costs.rates()
    guess = estimate_order(recipe, size, rates)
    if guess is None:
        return "This photo is too narrow to be painted at that size."
    before, _ = store.queues.waits().get(queue_for(recipe, size, rates), (0, 0.0))
    return estimate_sentence(
        guess.seconds,
        result_size(recipe, size) if photo else None,
        guess.peak_bytes if guess.peak_bytes > _NOTABLE_BYTES else None,
        before,
        guessed=rates.are_guesses,
    )


def waiting_estimate(job: Job) -> str:
    """Return when a waiting painting will probably start, and how long it then takes."""
    painters = [
        note for note in current_services().live.workers() if note.queue == job.queue and note.problem is None
    ]
    if not painters:
        return BEGINS_UNKNOWN.format(roughly(forecast(current_services().store, job).remaining_s))
    guess = forecast(current_services().store, job, workers=len(painters))
    if not guess.starts_in_s or guess.starts_in_s < _MOMENT_S:
        return BEGINS_NOW.format(roughly(guess.remaining_s))
    return BEGINS_LATER.format(roughly(guess.starts_in_s), roughly(guess.remaining_s))
