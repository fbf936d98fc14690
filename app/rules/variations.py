"""Variations of a painting: ordering them, and painting one of them large."""

from __future__ import annotations

from flask import abort

from app.services.services import current_services
from jobs.job import Job, Queue
from jobs.kinds import VARIATION
from jobs.variations import order_contact_sheet, order_full_size


def can_vary(job: Job) -> bool:
    """Whether a painting has settings to vary; a one-pass style has none."""
    return job.kind.listed and job.kind.needs_styles


def order_variations(job: Job) -> list[Job]:
    """Order the variations of a painting.

    Raises:
        OrderError: one of its pictures is gone.
    """
    services = current_services()
    variations = order_contact_sheet(services.store, job, token=f"sheet {job.id}")
    for _ in variations:
        services.queue.wake(Queue.QUICK)
    return variations


def order_large(variation: Job, token: str) -> Job:
    """Order a variation at the size of its painting; 404 if the job is not a variation."""
    services = current_services()
    parent = (
        services.store.jobs.find(variation.parent_id, variation.owner)
        if variation.kind is VARIATION and variation.parent_id
        else None
    )
    if parent is None:
        abort(404)
    job = order_full_size(services.store, parent, variation, token=f"large {variation.id} {token}")
    services.queue.wake(job.queue)
    return job
