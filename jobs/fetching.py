"""Fetching VGG19's weights at the owner's request: requested and followed through Redis."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Literal, cast

from jobs.fallible_redis import FallibleRedis

_KEY = "live:fetch"
_EXPIRY_S = 600


State = Literal["wanted", "running", "done", "failed"]


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """The progress of fetching.

    Attributes:
        bytes: how many have arrived.
        total: how many there are, if that is known.
        problem: a sentence that says why it failed.
    """

    state: State
    bytes: int = 0
    total: int | None = None
    problem: str = ""


class Fetching(FallibleRedis):
    """Fetching in Redis: the owner's request, and the worker's reports."""

    def request_fetch(self) -> bool:
        """Request VGG19's weights unless they are being fetched already; False if Redis is away."""

        def request_it() -> bool:
            stored = cast("bytes | None", self._redis.get(_KEY))
            if stored is None or _read(stored).state in ("done", "failed"):
                self._redis.set(_KEY, _write(Fetch(state="wanted")), ex=_EXPIRY_S)
            return True

        return self._try(request_it, False)

    def fetching(self) -> Fetch | None:
        """Return the progress of fetching; None if nobody has requested it recently."""
        stored = self._get(_KEY)
        return None if stored is None else _read(stored)

    def report_fetch(self, fetch: Fetch) -> None:
        """Report the progress of fetching; it expires after minutes without another report."""
        self._try(lambda: self._redis.set(_KEY, _write(fetch), ex=_EXPIRY_S), None)


def _read(stored: bytes) -> Fetch:
    return Fetch(**json.loads(stored))


def _write(fetch: Fetch) -> str:
    return json.dumps(dataclasses.asdict(fetch))
