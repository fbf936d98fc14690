"""Orders: made after another painting, and put into the queue that suits them."""

from __future__ import annotations

import dataclasses
from typing import Any

from engine.recipe import Recipe
from jobs.forecast import queue_for
from jobs.job import Job, Order
from jobs.store import JobStore


def child_order(parent: Job, recipe: Recipe, *, title: str, token: str, **more: Any) -> Order:
    """Return an order with the pictures and masks of another painting; `more` are fields of `Order`."""
    return Order(
        owner=parent.owner,
        content_id=parent.content.id,
        style_ids=tuple(style.id for style in parent.styles),
        mask_ids=tuple(mask.id if mask else None for mask in parent.masks),
        content_mask_id=parent.content_mask.id if parent.content_mask else None,
        recipe=recipe,
        title=title,
        token=token,
        **more,
    )


def submit(store: JobStore, order: Order) -> Job:
    """Put an order into the queue of its kind, or the one that `jobs.forecast.queue_for` chooses.

    Raises:
        OrderError, RecipeError: as `JobStore.jobs.submit`.
    """
    queue = order.kind and order.kind.queue
    content = store.uploads.find(order.content_id, order.owner)
    if queue is None and content is not None:
        queue = queue_for(order.recipe, (content.height, content.width), store.costs.rates())
    return store.jobs.submit(dataclasses.replace(order, queue=queue or order.queue))
