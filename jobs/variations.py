"""A contact sheet: small paintings of the same pictures with other settings, to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.recipe import Recipe, knobs
from jobs.job import Job
from jobs.kinds import VARIATION
from jobs.orders import child_order, submit
from jobs.store import JobStore

SIDE = 256

_SMALL: dict[str, Any] = {"size": SIDE, "quality": "sketch", "scales": None, "paper": "none"}


@dataclass(frozen=True)
class Variation:
    """A way to paint the same pictures differently.

    Attributes:
        title: says how it differs.
        changes: fields of the recipe with new values.
    """

    title: str
    changes: dict[str, Any]


def variations(recipe: Recipe) -> list[Variation]:
    """Return six variations of a recipe, each with one visible difference."""
    colours = 0.0 if recipe.keep_colours >= 50 else 100.0
    return [
        *[_stronger(recipe.strength, by) for by in _directions(recipe.strength, 20, 80)],
        *[_broader(recipe.style_scale, by) for by in _directions(recipe.style_scale, 40, 250)],
        Variation("The photo's colours" if colours else "The style's colours", {"keep_colours": colours}),
        Variation("Another attempt", {"start": "blend", "seed": (recipe.seed + 1) % 2**31}),
    ]


def order_contact_sheet(store: JobStore, parent: Job, *, token: str) -> list[Job]:
    """Order the contact sheet of a painting: small sketches in the quick queue.

    Args:
        store: where the orders go.
        parent: the painting, whose pictures and masks they have.
        token: the same token gives the same contact sheet.

    Raises:
        OrderError: one of the parent's pictures is gone.
    """
    return [
        submit(
            store,
            child_order(
                parent,
                _small(parent.recipe, variation.changes),
                title=variation.title,
                token=f"{token} {place}",
                parent_id=parent.id,
                kind=VARIATION,
            ),
        )
        for place, variation in enumerate(variations(parent.recipe))
    ]


def order_full_size(store: JobStore, parent: Job, chosen: Job, *, token: str) -> Job:
    """Order a variation in the size and quality of the painting that it varies.

    Raises:
        OrderError: a picture is gone.
    """
    large = {name: getattr(parent.recipe, name) for name in ("size", "quality", "paper")}
    recipe = chosen.recipe.changed(**large)
    title = f"{parent.title} ({chosen.title[0].lower()}{chosen.title[1:]})"
    return submit(store, child_order(parent, recipe, title=title, token=token))


def _small(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    start = "content" if recipe.start == "image" else recipe.start
    return recipe.changed(**_SMALL | {"start": start} | changes)


def _directions(value: float, low: float, high: float) -> tuple[int, int]:
    """Return the two steps to go from a value: one down and one up, unless it is near a bound."""
    return (1, 2) if value < low else (-1, -2) if value > high else (-1, 1)


def _stronger(strength: float, by: int) -> Variation:
    much = "Much " if abs(by) > 1 else ""
    title = f"{much}{'stronger' if by > 0 else 'gentler'}".capitalize()
    return Variation(title, {"strength": _within("strength", strength + 25 * by)})


def _broader(style_scale: float, by: int) -> Variation:
    much = "Much " if abs(by) > 1 else ""
    title = f"{much}{'broader' if by > 0 else 'finer'} strokes".capitalize()
    return Variation(title, {"style_scale": _within("style_scale", round(style_scale * 1.8**by))})


def _within(name: str, value: float) -> float:
    knob = knobs()[name]
    return float(min(max(value, knob.minimum or 0), knob.maximum or value))
