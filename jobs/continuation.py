"""Painting further: a new job that goes on from another one's result, or from a picture on its way."""

from __future__ import annotations

import math
import re
from typing import Any

from engine.imaging.metadata import strip_texts
from engine.recipe import Recipe, knobs
from engine.recipe.paper import longer_side
from jobs.forecast import with_queue
from jobs.job import Job, Order, Snapshot
from jobs.media import Media, MissingError
from jobs.staging import stage
from jobs.store import JobStore

FURTHER = "further"
"""What a child's title says after its parent's."""


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
    """Order a painting that goes on from another one, with its pictures, masks and choices.

    The picture to start from is staged as an upload of its own, so that the
    child needs nothing of its parent's any more and outlives it.

    Args:
        store: where the order goes.
        media: where the pictures are.
        parent: whose owner asks.
        token: as in `Order`.
        expiry_s: how long the start is kept if nothing comes of it.
        snapshot: what to go on from; None for the result.
        changes: the choices that shall be others.

    Raises:
        MissingError: there is no result (yet), or the picture is gone.
        RecipeError: a change is out of bounds.
        OrderError: a picture of the parent's is gone.
    """
    if there := store.job_of_order(parent.owner, token):  # what follows takes seconds for a large picture
        return there
    data, (height, width), suffix = _start(media, parent, snapshot)
    start = stage(
        store, media, data, owner=parent.owner, role="start", name=f"{parent.title} (start)",
        width=width, height=height, suffix=suffix, expiry_s=expiry_s,
    )  # fmt: skip
    order = Order(
        owner=parent.owner,
        content_id=parent.content.id,
        style_ids=tuple(style.id for style in parent.styles),
        recipe=continuation_recipe(parent.recipe, max(height, width), changes or {}),
        title=continuation_title(parent.title),
        token=token,
        parent_id=parent.id,
        parent_step=snapshot.step if snapshot else None,
        start_id=start.id,
        mask_ids=tuple(mask.id if mask else None for mask in parent.masks),
        content_mask_id=parent.content_mask.id if parent.content_mask else None,
    )
    return store.submit(with_queue(store, order))


def continuation_title(parent: str) -> str:
    """Name a child: “Cat (further)” of “Cat”, then “Cat (further 2)” of that."""
    again = re.fullmatch(rf"(.*) \({FURTHER}(?: (\d{{1,4}}))?\)", parent)
    return f"{again[1]} ({FURTHER} {int(again[2] or 1) + 1})" if again else f"{parent} ({FURTHER})"


def continuation_recipe(recipe: Recipe, start_side: int, changes: dict[str, Any]) -> Recipe:
    """Return the recipe of a child: as many scales as lie between its start and its size.

    So that what is there already is not painted again at coarser scales.

    Args:
        recipe: the parent's.
        start_side: the start's longer side.
        changes: the choices that shall be others; `scales` among them counts.
    """
    if changes.get("size", recipe.size) != recipe.size:
        # Who asks for so many pixels does not ask for the parent's sheet of paper.
        changes = {"paper": "none"} | changes
    wanted = recipe.changed(start="image", **{name: v for name, v in changes.items() if name != "start"})
    if "scales" in changes:
        return wanted
    most = int(knobs()["scales"].maximum or 1)
    scales = 1 + math.floor(math.log2(max(1.0, longer_side(wanted, (1, 1)) / start_side)) + 0.01)
    return wanted.changed(scales=min(most, scales))


def _start(media: Media, parent: Job, snapshot: Snapshot | None) -> tuple[bytes, tuple[int, int], str]:
    if snapshot is not None:
        return media.get(snapshot.key), (snapshot.height, snapshot.width), ".jpg"
    if parent.result is None:
        raise MissingError("There is no finished picture to go on from yet.", code="no-result")
    # Without the recipe that is in it, and of the same bytes for the same picture.
    picture = strip_texts(media.get(parent.result.key))
    return picture, (parent.result.height, parent.result.width), ".png"
