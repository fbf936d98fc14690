"""One painting as its owner may see it: access, status, preview and place in the queue."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from flask import Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.security import visitor
from app.rules import estimates
from app.rules.files import send_small
from app.rules.steering import sliders
from app.services.services import current_services
from app.wording import status_sentence, worker_problem
from engine.recipe import knobs
from engine.recipe.knob import Knob
from engine.recipe.paper import result_size
from jobs.job import UNDERWAY, Job, Status
from jobs.live import WorkerNote

CURVE_WIDTH, CURVE_HEIGHT = 240, 56
_CURVE_MARGIN = 2


def loss_curve(losses: Sequence[Sequence[float]]) -> str:
    """Return the total loss over the steps, on a logarithmic scale, as the points of an SVG polyline.

    Args:
        losses: rows of (step, content, style, total), oldest first.

    Returns:
        "x,y x,y …" within `CURVE_WIDTH` and `CURVE_HEIGHT`, or "" if there is no curve to draw yet.
    """
    drawn = [(row[0], math.log(row[3])) for row in losses if math.isfinite(row[3]) and row[3] > 0]
    if len(drawn) < 3:
        return ""
    first, last = drawn[0][0], drawn[-1][0]
    low, high = min(y for _, y in drawn), max(y for _, y in drawn)
    across, up = (
        (CURVE_WIDTH - 2 * _CURVE_MARGIN) / max(last - first, 1),
        (CURVE_HEIGHT - 2 * _CURVE_MARGIN) / ((high - low) or 1),
    )
    return " ".join(
        f"{_CURVE_MARGIN + (x - first) * across:.1f},{_CURVE_MARGIN + (high - y) * up:.1f}" for x, y in drawn
    )


_POLL_MS = {Status.PAINTING: 400, Status.QUEUED: 1500, Status.PAUSED: 4000}
_PREVIEW_SIDE = 1024
CONTINUATION_KNOBS = ("size", "strength", "keep_colours", "smoothness")
"""The settings that may change when a painting is continued."""


def own_painting(job_id: str) -> Job:
    """Return one of this visitor's paintings; anyone else gets a 404."""
    job = current_services().store.jobs.find(job_id, visitor()) if visitor() else None
    if job is None:
        abort(404)
    return job


def cached_painting(job_id: str) -> Job:
    """Return the same as `own_painting`, faster; the names of its pictures may be out of date."""
    job = current_services().job_cache.job(current_services().store, job_id, visitor()) if visitor() else None
    return job or abort(404)


def picture_size(job: Job) -> tuple[int, int]:
    """Return the (height, width) of the picture, or the size it will have, in pixels."""
    if job.result:
        return job.result.height, job.result.width
    return result_size(job.recipe, (job.content.height, job.content.width))


def painting_state(job: Job) -> dict[str, Any]:
    """Return the state of a painting, for its page and for polling."""
    services = current_services()
    live, preview = services.live.progress_and_version(job.id) if job.status in UNDERWAY else (None, None)
    progress = live if job.status is Status.PAINTING else None
    workers = services.live.workers() if job.status is Status.QUEUED else []
    place = services.store.queues.place(job.id) if job.status is Status.QUEUED else None
    version = _preview_version(job, preview)
    return {
        "status": job.status.value,
        "sentence": status_sentence(job, progress, place, workers),
        "detail": _detail(job, workers),
        "percent": 100 if job.status is Status.FINISHED else int(100 * (progress or job).progress),
        "step": (progress or job).step,
        "place": place,
        "version": version,
        "preview": url_for("paintings.preview", job_id=job.id, v=version),
        "recipe_version": job.recipe_version,
        "sliders": {slider.name: slider.value for slider in sliders(job)},
        "curve": loss_curve(live.losses) if live else "",
        "poll_ms": _POLL_MS.get(job.status, 0),
    }


def _detail(job: Job, workers: Sequence[WorkerNote]) -> str | None:
    if job.status is Status.FAILED:
        return job.reason
    if job.status is Status.QUEUED:
        return worker_problem(workers) or (None if job.stop_requested else estimates.waiting_estimate(job))
    return None


def continuation_fields(job: Job) -> list[tuple[str, Knob, float]]:
    """Return the settings that may change when a painting is continued: name, knob, value."""
    return [(name, knobs()[name], getattr(job.recipe, name)) for name in CONTINUATION_KNOBS]


def _preview_version(job: Job, live: int | None) -> str:
    """Return the version of the picture that `preview` would send; `live` is the one in Redis."""
    if live is not None:
        return f"live-{live}"
    key = job.result.key if job.result else job.snapshot_key
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else "photo"


def _image_type(data: bytes) -> str:
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"


def send_preview(job_id: str) -> AnyResponse:
    """Return the newest preview, or else the last snapshot, or else the photo."""
    job = cached_painting(job_id)
    preview = current_services().live.preview(job.id) if job.status in UNDERWAY else None
    if preview is None:
        return send_small(
            job.result.key if job.result else job.snapshot_key or job.content.key, _PREVIEW_SIDE
        )
    data, version = preview
    response = Response(data, mimetype=_image_type(data))
    response.set_etag(f"live-{version}")
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def queue_positions(owner: str, active: Sequence[Job]) -> dict[str, tuple[int, int]]:
    """Return (place, total) in the owner's queue for each waiting job that can be moved."""
    positions: dict[str, tuple[int, int]] = {}
    waiting = [job.queue for job in active if job.status in (Status.QUEUED, Status.PAUSED)]
    for queue in set(waiting):
        own = current_services().store.queues.of_owner(owner, queue)
        if len(own) > 1:
            positions |= {job.id: (place, len(own)) for place, job in enumerate(own)}
    return positions


def queue_position(job: Job) -> tuple[int, int] | None:
    """Return (place, total) of a waiting painting in its owner's queue, if there are several."""
    if job.status not in (Status.QUEUED, Status.PAUSED):
        return None
    own = [other.id for other in current_services().store.queues.of_owner(job.owner, job.queue)]
    return (own.index(job.id), len(own)) if job.id in own and len(own) > 1 else None
