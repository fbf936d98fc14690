"""Searching a gallery, selecting pictures, and sending them as one archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import MAXYEAR, UTC, datetime, timedelta

from flask import Response, request

from app.http.security import visitor
from app.services.services import current_services
from app.wording import file_stem
from jobs.job import DONE, Job, Status
from jobs.media import Media, MissingError
from jobs.store.gallery import MAX_STARS, Search

MAX_SELECTED = 200
MAX_TITLE_LENGTH = 200
MAX_NOTE_LENGTH = 5000


def search_from_request() -> Search:
    """Read the search from the query string, ignoring invalid values."""
    query = request.args
    rating = query.get("rating", 0, int)
    status = query.get("status", "")
    until = parse_day(query.get("until"))
    return Search(
        words=query.get("q", "")[:200],
        style=query.get("style", "")[:200],
        status=Status(status) if status in DONE else None,
        rating=rating if 0 <= rating <= MAX_STARS else 0,
        since=parse_day(query.get("since")),
        # The user's last day is included.
        until=until + timedelta(days=1) if until and until.year < MAXYEAR else None,
    )


def parse_day(text: str | None) -> datetime | None:
    """Parse a day such as 2026-03-01; None if it is not one."""
    if text is None or len(text) != 10:  # strptime also accepts 2026-3-1
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def zip_response(jobs: Sequence[Job]) -> Response:
    """Return finished pictures as one archive."""
    response = Response(
        stream_zip(_with_file_names(jobs), current_services().media), mimetype="application/zip"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="pastiche.zip"'
    return response


def _with_file_names(jobs: Sequence[Job]) -> Iterator[tuple[str, Job]]:
    used: set[str] = set()
    for job in jobs:
        stem = name = file_stem(job.title)
        number = 2
        while name in used:
            name, number = f"{stem}-{number}", number + 1
        used.add(name)
        yield f"{name}.png", job


def selected_ids(submitted: Sequence[str]) -> list[str]:
    """Return the submitted ids, each once, up to the maximum."""
    return list(dict.fromkeys(submitted))[:MAX_SELECTED]


def selected_pictures(submitted: Sequence[str]) -> list[Job]:
    """Return those jobs that are the visitor's and have a picture, in the order of the submitted ids."""
    store, owner = current_services().store, visitor()
    jobs = (store.jobs.find(job_id, owner) for job_id in selected_ids(submitted)) if owner else ()
    return [job for job in jobs if job and job.result]


class _ChunkBuffer:
    """A write-only file whose contents are taken while the archive grows, so it is never whole in memory."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def stream_zip(named_jobs: Iterable[tuple[str, Job]], media: Media) -> Iterator[bytes]:
    """Yield an archive of finished pictures, one picture at a time, skipping files that no longer exist."""
    chunks = _ChunkBuffer()
    with zipfile.ZipFile(chunks, "w", zipfile.ZIP_STORED) as archive:
        for name, job in named_jobs:
            if job.result is None:
                continue
            try:
                data = media.get(job.result.key)
            except MissingError:
                continue
            at = (job.finished_at or job.created_at).timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, at), data)
            yield chunks.take()
    yield chunks.take()
