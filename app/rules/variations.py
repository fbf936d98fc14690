"""Contact sheets: which paintings can have one, ordering it, and painting one of its pictures large."""

from __future__ import annotations

from flask import abort

from app.services.services import services
from jobs.job import Job, Queue
from jobs.variations import order_contact_sheet, order_full_size


def may_vary(job: Job) -> bool:
    """Whether a painting has settings to vary: a brush has none."""
    return bool(job.styles) and not job.contact_sheet


def vary(job: Job) -> list[Job]:
    """Order the contact sheet of a painting.

    Raises:
        OrderError: a picture of it is gone.
    """
    here = services()
    sheet = order_contact_sheet(here.store, job, token=f"sheet {job.id}")
    for _ in sheet:
        here.queue.wake(Queue.QUICK)
    return sheet


def pick(chosen: Job, token: str) -> Job:
    """Order a variation in the size of its painting; 404 for what is none."""
    here = services()
    parent = (
        here.store.job(chosen.parent_id, chosen.owner) if chosen.contact_sheet and chosen.parent_id else None
    )
    if parent is None:
        abort(404)
    job = order_full_size(here.store, parent, chosen, token=f"large {chosen.id} {token}")
    here.queue.wake(job.queue)
    return job
