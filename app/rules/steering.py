"""Wishes for a painting: to stop it, delete it, move it, or steer its settings, shares and masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.http.errors import RefusedError, TooLateError
from app.rules.orders import wake_for
from app.services.services import current_services
from app.wording import NO_SHARE, plain_name
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.knob import Knob
from jobs.job import DONE, UNDERWAY, Job
from jobs.store import OrderError

EVEN_SHARE = 50.0
_MIX = "style_weights"
WISHES = {
    "stop": "Stop now and keep the picture as it is",
    "cancel": "Stop now and keep nothing",
    "pause": "Pause it until it is resumed",
    "resume": "Resume a paused painting",
    "retry": "Retry a failed painting",
}
"""What can be asked for by one word."""
_FOR_A_WORKER = ("stop", "resume", "retry")
"""Wishes that only a worker can grant: even a stopped painting has yet to store its result."""


def ask(job: Job, wish: str) -> None:
    """Stop, cancel, pause, resume or retry a painting.

    Raises:
        TooLateError: its state no longer allows that.
    """
    if not getattr(current_services().store.wishes, wish)(job.id, job.owner):
        raise TooLateError
    if wish in _FOR_A_WORKER:
        wake_for(job)


def delete(job: Job) -> str | None:
    """Delete a painting; return what restores it if it is a finished picture."""
    store = current_services().store
    if job.status in DONE:
        return store.gallery.remove([job.id], job.owner)[1]
    store.wishes.delete(job.id, job.owner)
    return None


def move(job: Job, place: int) -> None:
    """Move a waiting painting to a place, counted from 0, among its owner's own.

    Raises:
        TooLateError: it no longer waits.
    """
    if not current_services().store.queues.reorder(job.id, job.owner, place):
        raise TooLateError


@dataclass(frozen=True)
class Slider:
    """A setting that can be changed during painting.

    Attributes:
        name: the name of its form field.
    """

    name: str
    label: str
    value: float
    knob: Knob


def sliders(job: Job) -> list[Slider]:
    """Return the sliders of a painting at their current values; a one-pass style has none."""
    if not job.kind.steerable:
        return []
    sliders_ = [
        Slider(name, knob.label, getattr(job.recipe, name), knob)
        for name, knob in knobs().items()
        if knob.steerable and name != _MIX
    ]
    if len(job.styles) > 1:
        for place, (style, share) in enumerate(zip(job.styles, _shares(job), strict=True)):
            sliders_.append(Slider(f"share-{place}", plain_name(style.name), share, knobs()[_MIX]))
    return sliders_


def steer_sliders(job: Job, sent: Mapping[str, str]) -> None:
    """Change only the sliders that were sent, so that two pages do not undo each other's changes.

    Raises:
        RecipeError: a value is out of bounds.
        TooLateError: it is no longer being painted.
    """
    steer_with_retry(job, lambda now: _recipe_from_sliders(now, sent))


def steer_with_retry(
    job: Job,
    recipe: Callable[[Job], Recipe],
    masks: Callable[[Job], Sequence[str | None]] | None = None,
) -> None:
    """Steer to the recipe made from a job, and try again with the newer job if another page was faster.

    Raises:
        RecipeError, OrderError: as `JobStore.wishes.steer`.
        TooLateError: it is no longer being painted.
    """
    store = current_services().store
    while job.status in UNDERWAY:
        mask_ids = masks(job) if masks else None
        if store.wishes.steer(job.id, job.owner, recipe(job), version=job.recipe_version, mask_ids=mask_ids):
            return
        newer = store.jobs.find(job.id, job.owner)
        if newer is None or newer.recipe_version == job.recipe_version:
            break
        job = newer
    raise TooLateError


def _shares(job: Job) -> tuple[float, ...]:
    given = job.recipe.style_weights
    # Orders from older versions may have a different number of shares.
    return given if len(given) == len(job.styles) else (EVEN_SHARE,) * len(job.styles)


def _recipe_from_sliders(job: Job, sent: Mapping[str, str]) -> Recipe:
    changes: dict[str, Any] = {}
    mix = list(_shares(job))
    for slider in sliders(job):
        if slider.name not in sent:
            continue
        if slider.knob is knobs()[_MIX]:
            mix[int(slider.name.removeprefix("share-"))] = _number(slider, sent)
        else:
            changes[slider.name] = slider.knob.parse(slider.name, sent[slider.name])
    if not any(mix):
        raise RecipeError(_MIX, NO_SHARE, code="all-zero")
    if tuple(mix) != _shares(job):
        changes[_MIX] = tuple(mix)
    return job.recipe.changed(**changes)


def _number(slider: Slider, sent: Mapping[str, str]) -> float:
    read = slider.knob.parse(_MIX, sent[slider.name])
    if len(read) != 1:
        raise RecipeError(
            _MIX, f"{slider.label} must be one number, {slider.knob.bounds}.", code="one-number"
        )
    return float(read[0])


def steer_masks(job: Job, changes: dict[int, str | None]) -> None:
    """Change the masks of some styles, and leave the others unchanged.

    Raises:
        RefusedError: a mask does not exist.
        TooLateError: it is no longer being painted.
    """

    def masks(now: Job) -> list[str | None]:
        return [changes.get(place, mask.id if mask else None) for place, mask in enumerate(now.masks)]

    try:
        steer_with_retry(job, lambda now: now.recipe, masks)
    except OrderError as exc:
        raise RefusedError(
            404, "unknown_upload", "This mask no longer exists. Please paint it again.", "mask"
        ) from exc
