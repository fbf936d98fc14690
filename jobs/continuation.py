"""Painting further: a new job that starts from the result of another one, or from one of its snapshots."""

from __future__ import annotations

import math
import re
from typing import Any

from engine.imaging.metadata import strip_texts
from engine.recipe import Recipe, knobs
from engine.recipe.paper import longer_side
from jobs.job import Job, Snapshot
from jobs.media import Media, MissingError
from jobs.orders import child_order, submit
from jobs.staging import stage
from jobs.store import JobStore

FURTHER = "further"
"""What a continuation's title has after its parent's."""


def continue_painting(
    store: JobStore,
    media: Media,
    parent: Job,
    *,
    token: str,
    expiry_s: float,
    snapshot: Snapshot | None = None,
    changes: dict[str, Any] | None = None,
) -> Job:
    """Order a painting that continues another one, with its pictures, masks and recipe.

    The picture to start from is staged as an upload, so that the continuation
    does not depend on its parent's files and outlives them.

    Args:
        store: where the order goes.
        media: where the pictures are.
        parent: the painting to continue, of the owner who asks.
        token: as in `Order`.
        expiry_s: how long the picture to start from is kept if no job uses it.
        snapshot: what to start from; None for the result.
        changes: fields of the recipe with new values.

    Raises:
        MissingError: there is no result yet, or the picture is gone.
        RecipeError: a value is out of bounds.
        OrderError: one of the parent's pictures is gone.
    """
    if existing := store.jobs.by_order(parent.owner, token):  # the rest takes seconds for a large picture
        return existing
    data, (height, width), suffix = _start(media, parent, snapshot)
    start = stage(
        store, media, data, owner=parent.owner, role="start", name=f"{parent.title} (start)",
        width=width, height=height, suffix=suffix, expiry_s=expiry_s,
    )  # fmt: skip
    order = child_order(
        parent,
        continuation_recipe(parent.recipe, max(height, width), changes or {}),
        title=continuation_title(parent.title),
        token=token,
        parent_id=parent.id,
        parent_step=snapshot.step if snapshot else None,
        start_id=start.id,
    )
    return submit(store, order)


def continuation_title(parent: str) -> str:
    """Return a continuation's title: “Cat (further)” after “Cat”, then “Cat (further 2)”."""
    match = re.fullmatch(rf"(.*) \({FURTHER}(?: (\d{{1,4}}))?\)", parent)
    return f"{match[1]} ({FURTHER} {int(match[2] or 1) + 1})" if match else f"{parent} ({FURTHER})"


def continuation_recipe(recipe: Recipe, start_side: int, changes: dict[str, Any]) -> Recipe:
    """Return the recipe of a continuation, with only the scales between its start and its size.

    Coarser scales would paint again what is there already.

    Args:
        recipe: the parent's.
        start_side: the longer side of the picture to start from.
        changes: fields with new values; if `scales` is among them, it counts.
    """
    if changes.get("size", recipe.size) != recipe.size:
        # A size in pixels replaces the parent's paper size.
        changes = {"paper": "none"} | changes
    changed = recipe.changed(start="image", **{name: v for name, v in changes.items() if name != "start"})
    if "scales" in changes:
        return changed
    max_scales = int(knobs()["scales"].maximum or 1)
    scales = 1 + math.floor(math.log2(max(1.0, longer_side(changed, (1, 1)) / start_side)) + 0.01)
    return changed.changed(scales=min(max_scales, scales))


def _start(media: Media, parent: Job, snapshot: Snapshot | None) -> tuple[bytes, tuple[int, int], str]:
    if snapshot is not None:
        return media.get(snapshot.key), (snapshot.height, snapshot.width), ".jpg"
    if parent.result is None:
        raise MissingError("There is no finished picture to go on from yet.", code="no-result")
    # Without its recipe, so that the same picture always has the same bytes.
    picture = strip_texts(media.get(parent.result.key))
    return picture, (parent.result.height, parent.result.width), ".png"
