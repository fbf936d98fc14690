"""Makes drafts, each in one pass, for the visitor who has waited longest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import structlog
from cachetools import LRUCache, cachedmethod

from engine.errors import PasticheError
from engine.imaging import images
from jobs.drafts import Draft, DraftRequest
from jobs.live import Live
from jobs.media import Media, MissingError
from worker.pictures import Floats

KEPT_PICTURES = 12
"""How many of the last photos and styles stay decoded: a moved slider asks for the same ones again."""
STYLE_SIDE = 512
"""Styles are decoded and measured with at most this longer side."""
CHECK_S = 0.2
"""The least time between two looks for waiting drafts while a painting is made."""

BROKEN = "This could not be drafted; the studio's log says why."
GONE = "A picture of this draft is not there any more; choose it again."

_log = structlog.get_logger(__name__)


class Drafter(Protocol):
    """What drafts any style: `engine.feedforward.draft.Drafter`."""

    def draft(
        self,
        content: Floats,
        styles: Sequence[Floats],
        *,
        weights: Sequence[float] | None = None,
        strength: float = 100.0,
        keep_colours: float = 0.0,
        size: int = 512,
    ) -> Floats:
        """Paint styles onto a photo in one pass."""


class FeedforwardStyles(Protocol):
    """What paints one-pass styles: `engine.feedforward.styles.FeedforwardStyles`."""

    def apply(self, content: Floats, weights: str, *, size: int) -> Floats:
        """Paint a one-pass style onto a photo."""


class DraftWorker:
    """Makes the drafts that visitors ask for; lives in a worker's child.

    Args:
        live: where they ask.
        media: where the pictures are.
        drafter: loads what drafts any style; called once.
        feedforward_styles: loads what paints one-pass styles; called once.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        live: Live,
        media: Media,
        *,
        drafter: Callable[[], Drafter],
        feedforward_styles: Callable[[], FeedforwardStyles],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live = live
        self._media = media
        self._load_drafter = drafter
        self._load_feedforward_styles = feedforward_styles
        self._clock = clock
        self._checked_at = float("-inf")
        self._pictures: LRUCache[Any, Floats] = LRUCache(KEPT_PICTURES)

    def draft_waiting(self) -> bool:
        """Make drafts until nobody waits; return whether there was one to make."""
        drafted = False
        while self.draft_next():
            drafted = True
        return drafted

    def draft_between_steps(self) -> bool:
        """Make the drafts that wait, so that a painting in this process holds nobody up for long.

        Returns:
            Whether there was one to make.
        """
        if self._clock() - self._checked_at < CHECK_S:
            return False
        drafted = self.draft_waiting()
        self._checked_at = self._clock()
        return drafted

    def draft_next(self) -> bool:
        """Make the draft that has waited longest; False if none waits."""
        request = self._live.next_draft()
        if request is None:
            return False
        try:
            draft = self._draft(request)
        except MissingError:
            draft = Draft(state="failed", problem=GONE)
        except PasticheError as exc:
            draft = Draft(state="failed", problem=str(exc))
        except Exception:
            _log.exception("could not draft")
            draft = Draft(state="failed", problem=BROKEN)
        self._live.answer_draft(request, draft)
        return True

    def warm_up(self) -> None:
        """Load the network and draft once at the usual size, so that the first visitor need not wait."""
        grey = np.full((DraftRequest.size * 3 // 4, DraftRequest.size, 3), 0.5, np.float32)
        self._drafter.draft(grey, [grey])

    @cached_property
    def _drafter(self) -> Drafter:
        return self._load_drafter()

    @cached_property
    def _feedforward_styles(self) -> FeedforwardStyles:
        return self._load_feedforward_styles()

    def _draft(self, request: DraftRequest) -> Draft:
        began_at = self._clock()
        content = self._picture(request.content, request.size)
        if request.feedforward_style:
            picture = self._feedforward_styles.apply(content, request.feedforward_style, size=request.size)
        else:
            picture = self._drafter.draft(
                content,
                [self._picture(style.key, STYLE_SIDE) for style in request.styles],
                weights=[style.weight for style in request.styles],
                strength=request.strength,
                keep_colours=request.keep_colours,
                size=request.size,
            )
        encoded = images.encode(picture, "webp", quality=80)
        seconds = self._clock() - began_at
        _log.info("drafted", seconds=round(seconds, 2), feedforward_style=request.feedforward_style or None)
        return Draft(
            state="ready",
            picture=encoded,
            width=picture.shape[1],
            height=picture.shape[0],
            seconds=seconds,
            network=request.feedforward_style or "compact",
        )

    @cachedmethod(lambda self: self._pictures)
    def _picture(self, key: str, side: int) -> Floats:
        """Read a picture, no larger than needed; the last ones are kept."""
        return images.read(self._media.get(key), max_side=side).rgb
