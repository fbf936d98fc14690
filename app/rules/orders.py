"""Orders of paintings: new ones, continuations, and variations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort

from app.services.services import current_services
from jobs import orders
from jobs.continuation import continue_painting
from jobs.job import DONE, Job, Order, Snapshot
from jobs.kinds import VARIATION
from jobs.variations import order_contact_sheet, order_full_size


def submit(order: Order) -> Job:
    """Submit an order, and wake a worker for it.

    Raises:
        OrderError: one of its pictures is gone.
    """
    return wake_for(orders.submit(current_services().store, order))


def wake_for(job: Job) -> Job:
    """Wake a worker for a job, and return the job."""
    current_services().queue.wake(job.queue)
    return job


def order_continuation(parent: Job, snapshot: Snapshot | None, changes: Mapping[str, Any], token: str) -> Job:
    """Order a continuation from a snapshot or else the result; raises as `continue_painting`."""
    services = current_services()
    return wake_for(
        continue_painting(
            services.store,
            services.media,
            parent,
            token=token,
            expiry_s=services.settings.upload_expiry_s,
            snapshot=snapshot,
            changes=dict(changes),
        )
    )


def may_vary(job: Job) -> bool:
    """Whether a painting can have variations: it is done, and has settings, unlike a one-pass style."""
    return job.status in DONE and job.kind.listed and job.kind.needs_styles


def order_variations(job: Job) -> list[Job]:
    """Order the variations of a painting.

    Raises:
        OrderError: one of its pictures is gone.
    """
    variations = order_contact_sheet(current_services().store, job, token=f"sheet {job.id}")
    return [wake_for(variation) for variation in variations]


def order_large(variation: Job, token: str) -> Job:
    """Order a variation at the size of its painting; 404 if the job is not a variation."""
    store = current_services().store
    parent = (
        store.jobs.find(variation.parent_id, variation.owner)
        if variation.kind is VARIATION and variation.parent_id
        else None
    )
    if parent is None:
        abort(404)
    return wake_for(order_full_size(store, parent, variation, token=f"large {variation.id} {token}"))
