"""One painting, as its owner may see it: whose it is, where it stands, what it looks like now."""

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
from app.services.services import services
from app.wording import where_it_stands, why_nobody_paints
from engine.recipe import knobs
from engine.recipe.knob import Knob
from engine.recipe.paper import result_size
from jobs.job import UNDERWAY, Job, Status
from jobs.live import WorkerNote

WIDTH, HEIGHT = 240, 56


_MARGIN = 2


def curve(losses: Sequence[Sequence[float]]) -> str:
    """Return the total loss over the steps as the points of an SVG polyline, on a logarithmic scale.

    Args:
        losses: (step, content, style, total) each, oldest first.

    Returns:
        "x,y x,y …" within `WIDTH` and `HEIGHT`, or an empty text if there is no curve to draw yet.
    """
    drawn = [(row[0], math.log(row[3])) for row in losses if math.isfinite(row[3]) and row[3] > 0]
    if len(drawn) < 3:
        return ""
    first, last = drawn[0][0], drawn[-1][0]
    low, high = min(y for _, y in drawn), max(y for _, y in drawn)
    across, up = (WIDTH - 2 * _MARGIN) / max(last - first, 1), (HEIGHT - 2 * _MARGIN) / ((high - low) or 1)
    return " ".join(f"{_MARGIN + (x - first) * across:.1f},{_MARGIN + (high - y) * up:.1f}" for x, y in drawn)


_POLL_MS = {Status.PAINTING: 400, Status.QUEUED: 1500, Status.PAUSED: 4000}


_PREVIEW_SIDE = 1024


CHANGEABLE = ("size", "strength", "keep_colours", "smoothness")
"""What may be chosen anew when a picture is painted further."""


def owned(job_id: str) -> Job:
    """Return a painting of this visitor's; answer 404 to everybody else."""
    job = services().store.job(job_id, visitor()) if visitor() else None
    if job is None:
        abort(404)
    return job


def cached(job_id: str) -> Job:
    """Return what `owned` does, for what is asked often; its pictures may have other names by now."""
    job = services().job_cache.job(services().store, job_id, visitor()) if visitor() else None
    return job or abort(404)


def shown_size(job: Job) -> tuple[int, int]:
    """Return the (height, width) that the picture has, or will have."""
    if job.result:
        return job.result.height, job.result.width
    return result_size(job.recipe, (job.content.height, job.content.width))


def state_of(job: Job) -> dict[str, Any]:
    """Return where a painting stands, for its page and for its status."""
    here = services()
    said, preview = here.live.progress_and_version(job.id) if job.status in UNDERWAY else (None, None)
    progress = said if job.status is Status.PAINTING else None
    workers = here.live.workers() if job.status is Status.QUEUED else []
    place = here.store.place_in_queue(job.id) if job.status is Status.QUEUED else None
    version = _preview_version(job, preview)
    return {
        "status": job.status.value,
        "sentence": where_it_stands(job, progress, place, workers),
        "detail": _detail(job, workers),
        "percent": 100 if job.status is Status.FINISHED else int(100 * (progress or job).progress),
        "step": (progress or job).step,
        "place": place,
        "version": version,
        "preview": url_for("paintings.preview", job_id=job.id, v=version),
        "recipe_version": job.recipe_version,
        "sliders": {slider.name: slider.value for slider in sliders(job)},
        "curve": curve(said.losses) if said else "",
        "poll_ms": _POLL_MS.get(job.status, 0),
    }


def _detail(job: Job, workers: Sequence[WorkerNote]) -> str | None:
    if job.status is Status.FAILED:
        return job.reason
    if job.status is Status.QUEUED:
        return why_nobody_paints(workers) or (None if job.stop_requested else estimates.while_waiting(job))
    return None


def continuation_fields(job: Job) -> list[tuple[str, Knob, float]]:
    """Return what may be chosen anew when a picture is painted further: name, knob, value."""
    return [(name, knobs()[name], getattr(job.recipe, name)) for name in CHANGEABLE]


def _preview_version(job: Job, live: int | None) -> str:
    """Name what `preview` would send now; `live` is the version that Redis has."""
    if live is not None:
        return f"live-{live}"
    key = job.result.key if job.result else job.snapshot_key
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else "photo"


def _image_type(data: bytes) -> str:
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"


def send_preview(job_id: str) -> AnyResponse:
    """Return the newest preview, else the last snapshot, else the photo."""
    job = cached(job_id)
    found = services().live.preview(job.id) if job.status in UNDERWAY else None
    if found is None:
        return send_small(
            job.result.key if job.result else job.snapshot_key or job.content.key, _PREVIEW_SIDE
        )
    data, version = found
    response = Response(data, mimetype=_image_type(data))
    response.set_etag(f"live-{version}")
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def own_places(owner: str, active: Sequence[Job]) -> dict[str, tuple[int, int]]:
    """Return the place, and of how many, of each waiting job that can be moved among others."""
    found: dict[str, tuple[int, int]] = {}
    waiting = [job.queue for job in active if job.status in (Status.QUEUED, Status.PAUSED)]
    for queue in set(waiting):
        own = services().store.own_queue(owner, queue)
        if len(own) > 1:
            found |= {job.id: (place, len(own)) for place, job in enumerate(own)}
    return found


def own_place(job: Job) -> tuple[int, int] | None:
    """Return the place of a waiting painting among its owner's, where there are several."""
    if job.status not in (Status.QUEUED, Status.PAUSED):
        return None
    own = [other.id for other in services().store.own_queue(job.owner, job.queue)]
    return (own.index(job.id), len(own)) if job.id in own and len(own) > 1 else None
