"""Many pictures as one file, written while it is sent."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator

from jobs.job import Job
from jobs.media import Media, MissingError


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
