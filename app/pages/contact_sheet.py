"""Contact sheets: small paintings of the same pictures with other settings, to pick one from."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.pages.paintings import owned, shown_size, state_of
from app.services.services import services
from jobs.job import DONE, UNDERWAY, Job, Queue
from jobs.store import OrderError
from jobs.variations import order_contact_sheet, paint_large

blueprint = Blueprint("sheet", __name__)


@blueprint.get("/paintings/<id:job_id>/variations")
def show(job_id: str) -> str:
    """Show the contact sheet of a painting."""
    job = owned(job_id)
    sheet = services().store.variations(job)
    return render_template(
        "sheet.html",
        job=job,
        sheet=sheet,
        order=secrets.token_hex(16),
        states={one.id: state_of(one) for one in sheet},
        size=shown_size(job),
        done=DONE,
        waiting=any(one.status in UNDERWAY for one in sheet),
    )


@blueprint.post("/paintings/<id:job_id>/variations")
def order(job_id: str) -> AnyResponse:
    """Order the contact sheet of a painting, once."""
    job = owned(job_id)
    if not may_vary(job):
        abort(404)
    try:
        vary(job)
    except OrderError as exc:
        flash(str(exc), exc.code)
        return redirect(url_for("paintings.show", job_id=job_id), 303)
    return redirect(url_for("sheet.show", job_id=job_id), 303)


@blueprint.post("/paintings/<id:job_id>/large")
def large(job_id: str) -> AnyResponse:
    """Paint the variation that was picked as large as the painting whose sheet it is on."""
    job = pick(owned(job_id), request.form.get("order", ""))
    return redirect(url_for("paintings.show", job_id=job.id), 303)


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
    job = paint_large(here.store, parent, chosen, token=f"large {chosen.id} {token}")
    here.queue.wake(job.queue)
    return job
