"""Drafts: what a style would look like on a photo, asked for and answered in Redis alone.

They are no jobs. Of each visitor only the newest question waits, so that a
slider that moves leaves none behind; the answer lives for minutes. A question
says all that its answer depends on and is named by it: the same one asked
again is answered at once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any, Literal, cast

from jobs.fallible_redis import FallibleRedis

PATIENCE_S = 30
"""So long a question waits. One whose drafter died is then gone, and is asked again."""
EXPIRY_S = 600
FAILED_EXPIRY_S = 10

_WAITING = "live:drafts:waiting"
_VERSION = 1
"""To be counted up when the same question gets another answer."""

State = Literal["waiting", "ready", "failed"]


@dataclass(frozen=True, kw_only=True)
class DraftStyle:
    """A style of a draft.

    Attributes:
        key: where the picture lies in media; its name says its hash.
        weight: its share in the mix, against the others'.
    """

    key: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DraftRequest:
    """What a visitor wants to see.

    Attributes:
        content: where the photo lies in media.
        styles: one to four; none with a brush.
        strength: how far the picture may leave the photo, in percent.
        keep_colours: how much of the photo's own colours to keep, in percent.
        feedforward_style: the name of a trained brush in place of styles, or empty.
        size: the longer side, in pixels.
    """

    visitor: str
    content: str
    styles: tuple[DraftStyle, ...] = ()
    strength: float = 100.0
    keep_colours: float = 0.0
    feedforward_style: str = ""
    size: int = 512

    @property
    def id(self) -> str:
        """Names the question by what it says, its visitor left out."""
        said = dataclasses.asdict(self) | {"visitor": "", "version": _VERSION}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    @classmethod
    def from_json(cls, text: bytes) -> DraftRequest:
        """Read a question back."""
        values: dict[str, Any] = json.loads(text)
        styles = tuple(DraftStyle(**style) for style in values.pop("styles"))
        return cls(styles=styles, **values)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Where a draft stands.

    Attributes:
        picture: WebP, once it is ready.
        problem: why it failed: a sentence.
        seconds: what drafting took.
        network: what drafted: "compact", or the name of the brush.
    """

    state: State
    picture: bytes = b""
    problem: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    network: str = ""


class Drafts(FallibleRedis):
    """The questions and the answers."""

    def request_draft(self, request: DraftRequest) -> bool:
        """Ask for a draft in place of what this visitor may have asked before; False when Redis is away.

        One that is there already is kept for another while, and nothing waits then;
        one that failed is tried again.
        """

        def ask() -> bool:
            answer = _answer(request.visitor, request.id)
            if (known := self.draft(request.visitor, request.id)) is not None and known.state == "failed":
                self._redis.delete(answer)
            if self._redis.expire(answer, EXPIRY_S):
                self._redis.delete(_wanted(request.visitor))
                return True
            pipe = self._redis.pipeline()
            pipe.set(_wanted(request.visitor), json.dumps(dataclasses.asdict(request)), ex=PATIENCE_S)
            # A visitor who changes the question keeps their place.
            pipe.zadd(_WAITING, {request.visitor: time.time()}, nx=True)
            pipe.expire(_WAITING, PATIENCE_S)
            pipe.execute()
            return True

        return self._try(ask, False)

    def draft(self, visitor: str, draft_id: str) -> Draft | None:
        """Say where a draft stands; None for one that is unknown, expired, or no longer wanted."""
        if stored := self._get(_answer(visitor, draft_id)):
            head, _, picture = stored.partition(b"\n")
            return Draft(picture=picture, **json.loads(head))
        wanted = self._get(_wanted(visitor))
        if wanted is not None and DraftRequest.from_json(wanted).id == draft_id:
            return Draft(state="waiting")
        return None

    def next_draft(self) -> DraftRequest | None:
        """Take the newest question of whoever has waited longest; None where nobody waits.

        It goes on being wanted until it is answered.
        """

        def take() -> DraftRequest | None:
            while first := cast(list[tuple[bytes, float]], self._redis.zpopmin(_WAITING)):
                text = self._redis.get(_wanted(first[0][0].decode()))
                if text is not None:
                    return DraftRequest.from_json(cast(bytes, text))
            return None

        return self._try(take, None)

    def answer_draft(self, request: DraftRequest, draft: Draft) -> None:
        """Keep what became of a question for a while."""
        facts = dataclasses.asdict(dataclasses.replace(draft, picture=b""))
        facts.pop("picture")
        head = json.dumps(facts).encode()
        key = _answer(request.visitor, request.id)
        expiry_s = EXPIRY_S if draft.state == "ready" else FAILED_EXPIRY_S
        self._try(lambda: self._redis.set(key, head + b"\n" + draft.picture, ex=expiry_s), None)


def _wanted(visitor: str) -> str:
    return f"live:draft:{visitor}:wanted"


def _answer(visitor: str, draft_id: str) -> str:
    return f"live:draft:{visitor}:{draft_id}"
