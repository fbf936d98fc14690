"""The kinds of jobs, each described once; how a worker makes them is in `worker/kinds.py`."""

from __future__ import annotations

from engine.recipe import Recipe
from jobs.job import JobKind, Queue

PAINTING = JobKind(name="painting")
ONE_PASS = JobKind(name="one_pass", queue=Queue.QUICK, steerable=False, needs_styles=False)
VARIATION = JobKind(name="variation", queue=Queue.QUICK, listed=False)
FILM = JobKind(name="film", queue=Queue.QUICK, task="worker.tasks.film", listed=False)
"""A film is made from a job that is done, and only Redis knows of it until it is in media."""

KINDS = {kind.name: kind for kind in (PAINTING, ONE_PASS, VARIATION, FILM)}
UNLISTED = [kind.name for kind in KINDS.values() if not kind.listed]


def kind_for(recipe: Recipe) -> JobKind:
    """Return the kind of an order that names none."""
    return ONE_PASS if recipe.feedforward_style else PAINTING
