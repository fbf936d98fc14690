"""What is happening now, in Redis: progress, previews, workers, drafts, films and the fetching of weights.

All of it expires and may be lost at any moment. While Redis is away, reading
finds nothing and writing does nothing, without waiting again and again.
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
"""How long a paused painting still shows its loss curve."""
_VERSION_BYTES = 20
"""Enough bytes for a version, which is stored before its preview."""
PREVIEW_EXPIRY_S = 900
WORKER_EXPIRY_S = 20


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a painting.

    Attributes:
        phase: "loading" until the network is loaded, then "painting".
        progress: in [0, 1].
        seconds_left: an estimate, or None while there is none.
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
    """What a worker announces about itself.

    Attributes:
        queue: the queue it serves.
        backbone: the network that "auto" would choose, or None if there is none.
        problem: a sentence that says why it cannot paint, or None.
    """

    id: str
    queue: Queue
    host: str
    backbone: str | None
    problem: str | None

    @property
    def machine(self) -> str:
        """The name of the host, without the process namespace."""
        return self.host.split(" ")[0]


class Live(Drafts, Fetching, Films):
    """Publishes and reads what is happening now; safe to share between threads."""

    @classmethod
    def open(cls, redis_url: str) -> Live:
        """Make a client of the Redis at a URL; the Redis need not be there yet."""
        return cls(connect(redis_url))

    def publish(
        self, job_id: str, progress: Progress, preview: bytes | None = None, preview_version: int = 0
    ) -> None:
        """Publish the progress of a painting, and its newest preview (JPEG or WebP) if there is one."""

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
        """Return the last progress that was published for a job."""
        return _progress(self._get(_key(job_id, "progress")))

    def preview(self, job_id: str) -> tuple[bytes, int] | None:
        """Return the newest preview and its version."""
        stored = self._get(_key(job_id, "preview"))
        if stored is None:
            return None
        version, _, preview = stored.partition(b"\n")
        return preview, int(version)

    def progress_and_version(self, job_id: str) -> tuple[Progress | None, int | None]:
        """Return `progress` and the version of the newest preview, in one round trip without the picture."""

        def read() -> list[Any]:
            pipe = self._redis.pipeline(transaction=False)
            pipe.get(_key(job_id, "progress"))
            pipe.getrange(_key(job_id, "preview"), 0, _VERSION_BYTES)
            return pipe.execute()

        text, head = self._try(read, [None, None])
        return _progress(text), _version(head)

    def forget(self, job_id: str) -> None:
        """Delete the progress and the preview of a job."""
        self._try(lambda: self._redis.delete(_key(job_id, "progress"), _key(job_id, "preview")), None)

    def announce_worker(self, note: WorkerNote) -> None:
        """Announce that a worker is running, and what it can do; expires unless it is repeated."""
        text = json.dumps(dataclasses.asdict(note))
        self._try(lambda: self._redis.set(f"live:worker:{note.id}", text, ex=WORKER_EXPIRY_S), None)

    def workers(self) -> list[WorkerNote]:
        """List the workers that announced themselves in the last seconds."""

        def read() -> list[Any]:
            keys = list(self._redis.scan_iter("live:worker:*", count=1000))
            return cast(list[Any], self._redis.mget(keys)) if keys else []

        texts: list[Any] = self._try(read, [])
        notes = (_note(text) for text in texts if text)
        return sorted(notes, key=lambda note: note.id)


def _note(text: bytes) -> WorkerNote:
    values: dict[str, Any] = json.loads(text)
    # Release 1.0 called it `kind`, and one of its workers may use the same Redis for a while.
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
