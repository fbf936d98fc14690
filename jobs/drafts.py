"""Drafts: quick previews of styles on a photo, requested and answered through Redis alone.

They are not jobs. Only each visitor's newest request waits, so a slider that
moves leaves none behind; the answer is kept for minutes. A request holds all
that its answer depends on, and its id is a hash of that: the same request is
answered at once the second time.
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
"""How long a request waits. If its worker dies, the page asks again after this time."""
EXPIRY_S = 600
FAILED_EXPIRY_S = 10

_WAITING = "live:drafts:waiting"
_VERSION = 1
"""Increase it when the same request gets another answer."""

State = Literal["waiting", "ready", "failed"]


@dataclass(frozen=True, kw_only=True)
class DraftStyle:
    """A style of a draft.

    Attributes:
        key: where the picture is in media; the name contains its hash.
        weight: its share in the mix, relative to the others.
    """

    key: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DraftRequest:
    """What a visitor wants to see.

    Attributes:
        content: where the photo is in media.
        styles: one to four; none with a one-pass style.
        strength: how far the picture may depart from the photo, in percent.
        keep_colours: how much of the photo's own colours to keep, in percent.
        feedforward_style: the name of a one-pass style in place of styles, or empty.
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
        """A hash of everything but the visitor."""
        fields = dataclasses.asdict(self) | {"visitor": "", "version": _VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    @classmethod
    def from_json(cls, text: bytes) -> DraftRequest:
        """Read a request back."""
        values: dict[str, Any] = json.loads(text)
        styles = tuple(DraftStyle(**style) for style in values.pop("styles"))
        return cls(styles=styles, **values)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The state of a draft.

    Attributes:
        picture: WebP, once it is ready.
        problem: a sentence that says why it failed.
        seconds: what drafting took.
        network: what made it: "compact", or the name of the one-pass style.
    """

    state: State
    picture: bytes = b""
    problem: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    network: str = ""


class Drafts(FallibleRedis):
    """Drafts in Redis: requests and answers."""

    def request_draft(self, request: DraftRequest) -> bool:
        """Request a draft, in place of the visitor's earlier request; False if Redis is away.

        If the draft exists already, it is kept for longer and nothing waits; if
        it failed, it is tried again.
        """

        def request_it() -> bool:
            answer = _answer(request.visitor, request.id)
            if (known := self.draft(request.visitor, request.id)) is not None and known.state == "failed":
                self._redis.delete(answer)
            if self._redis.expire(answer, EXPIRY_S):
                self._redis.delete(_wanted(request.visitor))
                return True
            pipe = self._redis.pipeline()
            pipe.set(_wanted(request.visitor), json.dumps(dataclasses.asdict(request)), ex=PATIENCE_S)
            # A visitor who changes the request keeps their place in the queue.
            pipe.zadd(_WAITING, {request.visitor: time.time()}, nx=True)
            pipe.expire(_WAITING, PATIENCE_S)
            pipe.execute()
            return True

        return self._try(request_it, False)

    def draft(self, visitor: str, draft_id: str) -> Draft | None:
        """Return the state of a draft; None if it is unknown, expired or no longer wanted."""
        if stored := self._get(_answer(visitor, draft_id)):
            head, _, picture = stored.partition(b"\n")
            return Draft(picture=picture, **json.loads(head))
        wanted = self._get(_wanted(visitor))
        if wanted is not None and DraftRequest.from_json(wanted).id == draft_id:
            return Draft(state="waiting")
        return None

    def next_draft(self) -> DraftRequest | None:
        """Take the newest request of the visitor who has waited longest; None if nobody waits.

        The request is kept until it is answered.
        """

        def take() -> DraftRequest | None:
            while first := cast(list[tuple[bytes, float]], self._redis.zpopmin(_WAITING)):
                text = self._redis.get(_wanted(first[0][0].decode()))
                if text is not None:
                    return DraftRequest.from_json(cast(bytes, text))
            return None

        return self._try(take, None)

    def answer_draft(self, request: DraftRequest, draft: Draft) -> None:
        """Keep the answer to a request for a while."""
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
