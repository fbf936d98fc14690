"""Pictures in other sizes and kinds, made once however many ask at the same moment.

A page that fifty people look at asks fifty times for the same small picture;
each would otherwise be decoded and encoded anew, beside the painting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import LRUCache, cachedmethod

_MAX_BYTES = 8 * 2**20


def _name_alone(_renditions: Renditions, name: str, _make: Callable[[], bytes]) -> str:
    return name


class Renditions:
    """Remembers the last ones; safe to share between threads.

    Args:
        max_bytes: how much is remembered in all.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._kept = _SmallOnes(max_bytes, getsizeof=len)
        self._made = threading.Condition()

    @cachedmethod(lambda self: self._kept, key=_name_alone, condition=lambda self: self._made)
    def get(self, name: str, make: Callable[[], bytes]) -> bytes:  # noqa: ARG002 -- `name` is the key
        """Return what is known under a name that never means anything else, or make it."""
        return make()


class _SmallOnes(LRUCache[str, bytes]):
    """Keeps nothing that takes more than a quarter of the room, so that one does not drive out all others."""

    def __setitem__(self, name: str, data: bytes) -> None:
        if len(data) <= self.maxsize // 4:
            super().__setitem__(name, data)
