"""What is happening now, in Redis: progress, previews and workers; drafts, films and fetched weights, too.

All of it expires and may be lost at any moment. When Redis is away, reading
finds nothing and writing is dropped, without waiting for it again and again.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, cast

from jobs.drafts import Drafts
from jobs.fallible_redis import connect
from jobs.fetching import Fetching
from jobs.films import Films
from jobs.job import Queue

PROGRESS_EXPIRY_S = 86_400
"""So long a paused painting still shows its curve."""
_HEAD = 20
"""So many bytes hold a version, which stands before its preview."""
PREVIEW_EXPIRY_S = 900
WORKER_EXPIRY_S = 20


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a painting is.

    Attributes:
        phase: "loading" until the network is there, then "painting".
        progress: in [0, 1].
        seconds_left: an estimate, or None as long as there is none.
        size: (height, width) of the scale that is being painted.
        losses: the last (step, content, style, total).
    """

    step: int
    progress: float
    seconds_left: float | None
    size: tuple[int, int]
    losses: tuple[tuple[float, ...], ...] = ()
    phase: str = "painting"


@dataclass(frozen=True, kw_only=True)
class WorkerNote:
    """What a worker says of itself.

    Attributes:
        queue: the queue it serves.
        backbone: the network that "auto" would take, or None if there is none.
        problem: why it cannot paint: a sentence.
    """

    id: str
    queue: Queue
    host: str
    backbone: str | None
    problem: str | None

    @property
    def machine(self) -> str:
        """The host's name as people know it, without the process namespace."""
        return self.host.split(" ")[0]


class Live(Drafts, Fetching, Films):
    """Publishes and reads what is happening now; safe to share between threads."""

    @classmethod
    def open(cls, redis_url: str) -> Live:
        """Make a client of the Redis at a URL, which need not be there."""
        return cls(connect(redis_url))

    def publish(
        self, job_id: str, progress: Progress, preview: bytes | None = None, preview_version: int = 0
    ) -> None:
        """Say how far a painting is, and show its newest preview (JPEG or WebP) if there is one."""

        def write() -> None:
            pipe = self._redis.pipeline(transaction=False)
            pipe.set(_key(job_id, "progress"), json.dumps(dataclasses.asdict(progress)), ex=PROGRESS_EXPIRY_S)
            if preview is not None:
                pipe.set(
                    _key(job_id, "preview"), f"{preview_version}\n".encode() + preview, ex=PREVIEW_EXPIRY_S
                )
            pipe.execute()

        self._try(write, None)

    def progress(self, job_id: str) -> Progress | None:
        """Return the last word of the worker that paints a job."""
        return _progress(self._get(_key(job_id, "progress")))

    def preview(self, job_id: str) -> tuple[bytes, int] | None:
        """Return the newest preview and its version."""
        stored = self._get(_key(job_id, "preview"))
        if stored is None:
            return None
        version, _, preview = stored.partition(b"\n")
        return preview, int(version)

    def progress_and_version(self, job_id: str) -> tuple[Progress | None, int | None]:
        """Return `progress` and the newest preview's version without its picture, asked for at once."""

        def read() -> list[Any]:
            pipe = self._redis.pipeline(transaction=False)
            pipe.get(_key(job_id, "progress"))
            pipe.getrange(_key(job_id, "preview"), 0, _HEAD)
            return pipe.execute()

        text, head = self._try(read, [None, None])
        return _progress(text), _version(head)

    def forget(self, job_id: str) -> None:
        """Remove what was said of a job."""
        self._try(lambda: self._redis.delete(_key(job_id, "progress"), _key(job_id, "preview")), None)

    def announce_worker(self, note: WorkerNote) -> None:
        """Say that a worker is there, and what it can do; to be said again every few seconds."""
        text = json.dumps(dataclasses.asdict(note))
        self._try(lambda: self._redis.set(f"live:worker:{note.id}", text, ex=WORKER_EXPIRY_S), None)

    def workers(self) -> list[WorkerNote]:
        """List the workers that spoke in the last seconds."""

        def read() -> list[Any]:
            keys = list(self._redis.scan_iter("live:worker:*", count=1000))
            return cast(list[Any], self._redis.mget(keys)) if keys else []

        found: list[Any] = self._try(read, [])
        notes = (_note(text) for text in found if text)
        return sorted(notes, key=lambda note: note.id)


def _note(text: bytes) -> WorkerNote:
    values: dict[str, Any] = json.loads(text)
    # Release 1.0 called it `kind`; a worker of it may serve the same Redis for a while.
    queue = Queue(values.pop("kind", None) or values.pop("queue"))
    return WorkerNote(**values, queue=queue)


def _progress(text: bytes | None) -> Progress | None:
    if text is None:
        return None
    values: dict[str, Any] = json.loads(text)
    values["size"] = tuple(values["size"])
    values["losses"] = tuple(tuple(item) for item in values["losses"])
    return Progress(**values)


def _version(head: bytes | None) -> int | None:
    return int(head.partition(b"\n")[0]) if head else None


def _key(job_id: str, what: str) -> str:
    return f"live:job:{job_id}:{what}"
