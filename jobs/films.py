"""Films of how a picture was painted: asked for and followed in Redis, kept in media with their job.

A film follows from what is kept of its job, so it is made once, when somebody
first wants it, and goes when the job goes. What Redis forgets is asked again.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Literal

from jobs.fallible_redis import FallibleRedis

WAITING_EXPIRY_S = 300
"""So long a film waits for a worker that may be busy; asked for again, it is called for again."""
MAKING_EXPIRY_S = 60
FAILED_EXPIRY_S = 60

_VERSION = 1
"""To be counted up when films are made in another way."""

State = Literal["waiting", "making", "failed"]


@dataclass(frozen=True, kw_only=True)
class FilmNote:
    """Where a film stands that is not there yet.

    Attributes:
        progress: in [0, 1].
        problem: why it failed: a sentence.
    """

    state: State
    progress: float = 0.0
    problem: str = ""


def films_folder(job_id: str) -> str:
    """Return the prefix of a job's films in media."""
    return f"jobs/{job_id}/films/"


def film_key(job_id: str, format: str) -> str:
    """Return where a job's film lies in media, once it is made."""
    return f"{films_folder(job_id)}{_VERSION}.{format}"


class Films(FallibleRedis):
    """What is wanted, and what the worker that makes it says."""

    def request_film(self, job_id: str, format: str) -> bool | None:
        """Note that a film is wanted.

        Returns:
            Whether a worker must be called: nobody else has asked of late, or it
            failed. None when Redis is away.
        """

        def ask() -> bool:
            if (note := self.film_note(job_id, format)) is not None and note.state == "failed":
                self._redis.delete(_key(job_id, format))
            waiting = _written(FilmNote(state="waiting"))
            return bool(self._redis.set(_key(job_id, format), waiting, ex=WAITING_EXPIRY_S, nx=True))

        return self._try(ask, None)

    def film_note(self, job_id: str, format: str) -> FilmNote | None:
        """Say where a film stands; None where nobody asked for it of late."""
        stored = self._get(_key(job_id, format))
        return None if stored is None else FilmNote(**json.loads(stored))

    def report_film(self, job_id: str, format: str, note: FilmNote) -> None:
        """Say how far a film is; forgotten after a minute of silence."""
        expiry_s = FAILED_EXPIRY_S if note.state == "failed" else MAKING_EXPIRY_S
        self._try(lambda: self._redis.set(_key(job_id, format), _written(note), ex=expiry_s), None)

    def forget_film(self, job_id: str, format: str) -> None:
        """Say nothing more of a film: it is there, or is not made after all."""
        self._try(lambda: self._redis.delete(_key(job_id, format)), None)


def _key(job_id: str, format: str) -> str:
    return f"live:film:{job_id}:{format}"


def _written(note: FilmNote) -> str:
    return json.dumps(dataclasses.asdict(note))
