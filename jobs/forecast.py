"""When a painting will begin, how long it will take, and so in which queue it waits; loads no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.estimate import Estimate, estimate
from engine.recipe.rates import Rates
from jobs.job import Job, Queue, Status
from jobs.kinds import kind_for
from jobs.store import JobStore

SHORT_S = 10.0
"""A sketch that takes less than this, its start not counted, waits in the quick queue."""


@dataclass(frozen=True)
class Forecast:
    """When a job will begin and how long it will take.

    Attributes:
        starts_in_s: seconds until a worker begins; 0 if it is being painted, None if it does not wait.
        remaining_s: seconds from then to its end.
    """

    starts_in_s: float | None
    remaining_s: float


def estimate_order(recipe: Recipe, content_size: tuple[int, int], rates: Rates) -> Estimate | None:
    """Estimate what an order will take; None if it cannot be painted.

    Args:
        recipe: what will be painted.
        content_size: the photo's (height, width).
        rates: `JobStore.costs.rates()`.
    """
    try:
        return estimate(recipe, content_size, rates)
    except ImageError:
        return None


def queue_for(recipe: Recipe, content_size: tuple[int, int], rates: Rates) -> Queue:
    """Choose the queue of an order: the quick one for one-pass styles and short sketches.

    A painting of full quality waits among the long ones, however small it is, so
    that the worker that drafts is never busy for long.
    """
    if queue := kind_for(recipe).queue:
        return queue
    if recipe.quality != "sketch":
        return Queue.LONG
    guess = estimate_order(recipe, content_size, rates)
    return Queue.QUICK if guess and guess.seconds - rates.start_s <= SHORT_S else Queue.LONG


def remaining_s(job: Job, rates: Rates) -> float:
    """Estimate the seconds that a job still needs of a worker."""
    guess = estimate_order(job.recipe, (job.content.height, job.content.width), rates)
    if guess is None:
        return 0.0
    return rates.start_s + (guess.seconds - rates.start_s) * (1 - job.progress)


def forecast(store: JobStore, job: Job, *, workers: int = 1) -> Forecast:
    """Forecast when a job will begin and how long it will then take.

    Args:
        store: where the jobs before it are looked up.
        job: the job; if it is neither queued nor painting, its beginning is unknown.
        workers: how many workers serve its queue.
    """
    rates = store.costs.rates()
    if job.status is not Status.QUEUED:
        return Forecast(0.0 if job.status is Status.PAINTING else None, remaining_s(job, rates))
    waiting = store.queues.waiting(job.queue)
    ids = [other.id for other in waiting]
    before = waiting[: ids.index(job.id)] if job.id in ids else waiting
    seconds = sum(remaining_s(other, rates) for other in [*store.queues.painting(job.queue), *before])
    return Forecast(seconds / max(1, workers), remaining_s(job, rates))
