"""Films of how a picture was painted: requested and followed through Redis, kept in media with their job.

A film is made from its job's snapshots, once, when somebody first wants it, and
is deleted with the job. If Redis loses a request, the page asks again.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Literal

from jobs.fallible_redis import FallibleRedis

WAITING_EXPIRY_S = 300
"""How long a request waits for a busy worker; after that, asking again calls a worker again."""
MAKING_EXPIRY_S = 60
FAILED_EXPIRY_S = 60

_VERSION = 1
"""Increase it when films are made in another way."""

State = Literal["waiting", "making", "failed"]


@dataclass(frozen=True, kw_only=True)
class FilmNote:
    """The state of a film that does not exist yet.

    Attributes:
        progress: in [0, 1].
        problem: a sentence that says why it failed.
    """

    state: State
    progress: float = 0.0
    problem: str = ""


def films_folder(job_id: str) -> str:
    """Return the prefix of a job's films in media."""
    return f"jobs/{job_id}/films/"


def film_key(job_id: str, format: str) -> str:
    """Return where a job's film is in media, once it is made."""
    return f"{films_folder(job_id)}{_VERSION}.{format}"


class Films(FallibleRedis):
    """Films in Redis: requests, and the worker's reports."""

    def request_film(self, job_id: str, format: str) -> bool | None:
        """Request a film.

        Returns:
            Whether a worker must be called, because nobody else has asked
            recently or because it failed. None if Redis is away.
        """

        def request_it() -> bool:
            if (note := self.film_note(job_id, format)) is not None and note.state == "failed":
                self._redis.delete(_key(job_id, format))
            waiting = _to_json(FilmNote(state="waiting"))
            return bool(self._redis.set(_key(job_id, format), waiting, ex=WAITING_EXPIRY_S, nx=True))

        return self._try(request_it, None)

    def film_note(self, job_id: str, format: str) -> FilmNote | None:
        """Return the state of a film; None if nobody has requested it recently."""
        stored = self._get(_key(job_id, format))
        return None if stored is None else FilmNote(**json.loads(stored))

    def report_film(self, job_id: str, format: str, note: FilmNote) -> None:
        """Report the state of a film; it expires after a minute without another report."""
        expiry_s = FAILED_EXPIRY_S if note.state == "failed" else MAKING_EXPIRY_S
        self._try(lambda: self._redis.set(_key(job_id, format), _to_json(note), ex=expiry_s), None)

    def forget_film(self, job_id: str, format: str) -> None:
        """Delete the state of a film, because it exists now or is not made after all."""
        self._try(lambda: self._redis.delete(_key(job_id, format)), None)


def _key(job_id: str, format: str) -> str:
    return f"live:film:{job_id}:{format}"


def _to_json(note: FilmNote) -> str:
    return json.dumps(dataclasses.asdict(note))
