"""The films of a painting: requesting them, their state, and sending them."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from flask import abort, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError
from app.services.services import current_services
from app.wording import file_stem, megabytes
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from jobs.films import film_key
from jobs.job import Job
from jobs.media import MissingError

LABELS = {"mp4": "MP4", "gif": "GIF", "webp": "WebP"}
_STATE_SENTENCES = {"waiting": "Waiting in the queue…", "making": "Making the film…"}


def request_film(job: Job, format: str) -> dict[str, Any]:
    """Request a film, unless it exists or is being made, and return its state.

    Raises:
        RefusedError: no film can be requested right now.
    """
    services = current_services()
    if not services.media.exists(film_key(job.id, format)):
        is_new = services.live.request_film(job.id, format)
        if is_new is None or (is_new and not services.queue.wake_film_maker(job.id, format)):
            services.live.forget_film(job.id, format)
            raise RefusedError(
                503, "unavailable", "No film can be made right now. Please try again in a moment."
            )
    return film_state(job, format)


def film_state(job: Job, format: str) -> dict[str, Any]:
    """Return the state of a film.

    The state is "ready", "waiting", "making", "failed", or "none" if it was not
    requested recently.
    """
    services = current_services()
    # Read first: a film that is finished meanwhile is stored before its note goes.
    note = services.live.film_note(job.id, format)
    try:
        size = services.media.size(film_key(job.id, format))
    except MissingError:
        state, share = (note.state, note.progress) if note else ("none", 0.0)
        problem = note.problem if note else ""
        sentence = problem or _STATE_SENTENCES.get(state, "")
        return {"state": state, "percent": int(100 * share), "sentence": sentence, "url": None}
    url = url_for("films.film", job_id=job.id, format=format)
    return {"state": "ready", "percent": 100, "sentence": megabytes(size), "url": url}


def films_of(job: Job) -> list[tuple[str, str, dict[str, Any]]]:
    """Return each film format with its label and state, for a painting's page."""
    return [(format, LABELS[format], film_state(job, format)) for format in FILM_FORMATS]


def send_film(job: Job, format: str) -> AnyResponse:
    """Return a film, or the part of it that was requested.

    Raises:
        NotFound: the film has not been made yet.
    """
    key = film_key(job.id, format)
    try:
        data = current_services().media.get(key)
    except MissingError:
        abort(404)
    response = send_file(
        io.BytesIO(data),
        FILM_TYPES[format],
        as_attachment="download" in request.args,
        download_name=f"{file_stem(job.title)}.{format}",
        conditional=True,
        etag=hashlib.sha256(key.encode()).hexdigest()[:24],
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
