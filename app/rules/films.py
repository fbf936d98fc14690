"""Where a painting's films stand, and having them made."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from flask import abort, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.http.errors import RefusedError
from app.services.services import services
from app.wording import file_stem, megabytes
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from jobs.films import film_key
from jobs.job import Job
from jobs.media import MissingError

LABELS = {"mp4": "MP4", "gif": "GIF", "webp": "WebP"}
_WORDS = {"waiting": "Waiting for its turn…", "making": "Being made…"}


def ask(job: Job, format: str) -> dict[str, Any]:
    """Have a film made, unless it is there or on its way, and say where it stands.

    Raises:
        RefusedError: nothing can be asked for just now.
    """
    here = services()
    if not here.media.exists(film_key(job.id, format)):
        wanted = here.live.request_film(job.id, format)
        if wanted is None or (wanted and not here.queue.wake_film_maker(job.id, format)):
            here.live.forget_film(job.id, format)
            raise RefusedError(503, "unavailable", "No film can be made just now; try again in a moment.")
    return film_state(job, format)


def film_state(job: Job, format: str) -> dict[str, Any]:
    """Return where a film stands.

    Its state is "ready", "waiting", "making", "failed", or "none" where it was
    not asked for of late.
    """
    here = services()
    try:
        size = here.media.size(film_key(job.id, format))
    except MissingError:
        note = here.live.film_note(job.id, format)
        state, share = (note.state, note.progress) if note else ("none", 0.0)
        problem = note.problem if note else ""
        sentence = problem or _WORDS.get(state, "")
        return {"state": state, "percent": int(100 * share), "sentence": sentence, "url": None}
    url = url_for("films.film", job_id=job.id, format=format)
    return {"state": "ready", "percent": 100, "sentence": megabytes(size), "url": url}


def films_of(job: Job) -> list[tuple[str, str, dict[str, Any]]]:
    """Return each kind of film with its label and where it stands, for a painting's page."""
    return [(format, LABELS[format], film_state(job, format)) for format in FILM_FORMATS]


def send_film(job: Job, format: str) -> AnyResponse:
    """Return a film, or the part of it that the request names.

    Raises:
        NotFound: it was not made yet.
    """
    key = film_key(job.id, format)
    try:
        data = services().media.get(key)
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
