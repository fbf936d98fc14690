"""Finding pictures of a gallery, choosing some of them, and sending them as one archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import MAXYEAR, UTC, datetime, timedelta

from flask import Response, request

from app.http.security import visitor
from app.services.services import services
from app.wording import file_stem
from jobs.job import DONE, Job, Status
from jobs.media import Media, MissingError
from jobs.store.labels import MOST_STARS, Search

MOST_CHOSEN = 200


LONGEST_TITLE = 200


LONGEST_NOTE = 5000


def wanted() -> Search:
    """Read what is looked for from the address; what makes no sense is passed over."""
    asked = request.args
    rating = asked.get("rating", 0, int)
    status = asked.get("status", "")
    until = day(asked.get("until"))
    return Search(
        words=asked.get("q", "")[:200],
        style=asked.get("style", "")[:200],
        status=Status(status) if status in DONE else None,
        rating=rating if 0 <= rating <= MOST_STARS else 0,
        since=day(asked.get("since")),
        until=until + timedelta(days=1) if until and until.year < MAXYEAR else None,
    )


def day(text: str | None) -> datetime | None:
    """Read a day such as 2026-03-01; None when it is none."""
    if text is None or len(text) != 10:  # strptime takes 2026-3-1, too
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def zip_of(jobs: Sequence[Job]) -> Response:
    """Return finished pictures as one archive."""
    response = Response(zipped(_named(jobs), services().media), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="pastiche.zip"'
    return response


def _named(jobs: Sequence[Job]) -> Iterator[tuple[str, Job]]:
    taken: set[str] = set()
    for job in jobs:
        stem = name = file_stem(job.title)
        number = 2
        while name in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name)
        yield f"{name}.png", job


def chosen_ids(sent: Sequence[str]) -> list[str]:
    """Return the ids that were sent, each once, and no more than may be chosen."""
    return list(dict.fromkeys(sent))[:MOST_CHOSEN]


def chosen(sent: Sequence[str]) -> list[Job]:
    """Return the finished pictures of a visitor's among some ids, in their order."""
    store, owner = services().store, visitor()
    found = (store.job(job_id, owner) for job_id in chosen_ids(sent)) if owner else ()
    return [job for job in found if job and job.result]


class _Outlet:
    """Collects what the archive writes until it is taken; cannot be sought, so nothing is kept."""

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


def zipped(named: Iterable[tuple[str, Job]], media: Media) -> Iterator[bytes]:
    """Yield an archive of finished pictures, one picture at a time; those that are gone are left out."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for name, job in named:
            if job.result is None:
                continue
            try:
                data = media.get(job.result.key)
            except MissingError:
                continue
            at = (job.finished_at or job.created_at).timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, at), data)
            yield outlet.take()
    yield outlet.take()
