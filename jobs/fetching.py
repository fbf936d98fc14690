"""Fetching VGG19's weights on the owner's request: asked for and followed in Redis."""

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
    """How far fetching is.

    Attributes:
        bytes: so much is here.
        total: of so much, where that is known.
        problem: why it failed: a sentence.
    """

    state: State
    bytes: int = 0
    total: int | None = None
    problem: str = ""


class Fetching(FallibleRedis):
    """What the owner asks for, and what the worker that fetches says of it."""

    def request_fetch(self) -> bool:
        """Ask for VGG19's weights, unless they are on their way; False when Redis is away."""

        def ask() -> bool:
            stored = cast("bytes | None", self._redis.get(_KEY))
            if stored is None or _read(stored).state in ("done", "failed"):
                self._redis.set(_KEY, _write(Fetch(state="wanted")), ex=_EXPIRY_S)
            return True

        return self._try(ask, False)

    def fetching(self) -> Fetch | None:
        """Say how far fetching is; None where nobody asked for it of late."""
        stored = self._get(_KEY)
        return None if stored is None else _read(stored)

    def report_fetch(self, fetch: Fetch) -> None:
        """Say how far fetching is; forgotten after minutes of silence."""
        self._try(lambda: self._redis.set(_KEY, _write(fetch), ex=_EXPIRY_S), None)


def _read(stored: bytes) -> Fetch:
    return Fetch(**json.loads(stored))


def _write(fetch: Fetch) -> str:
    return json.dumps(dataclasses.asdict(fetch))
