"""A cache of pictures in other sizes and formats, each made once even if many ask at the same time.

A page that fifty people open asks fifty times for the same small picture.
Without the cache each would be decoded and encoded again, while a painting
needs the processor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import LRUCache, cachedmethod

_MAX_BYTES = 8 * 2**20


def _by_name(_renditions: Renditions, name: str, _make: Callable[[], bytes]) -> str:
    return name


class Renditions:
    """Remembers the most recent renditions; safe to share between threads.

    Args:
        max_bytes: the total size of the cache.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._cache = _SizeLimitedCache(max_bytes, getsizeof=len)
        self._lock = threading.Condition()

    @cachedmethod(lambda self: self._cache, key=_by_name, condition=lambda self: self._lock)
    def get(self, name: str, make: Callable[[], bytes]) -> bytes:  # noqa: ARG002 -- `name` is the key
        """Return the rendition of a name, which always means the same; make it if it is missing."""
        return make()


class _SizeLimitedCache(LRUCache[str, bytes]):
    """Skips items larger than a quarter of the cache, so that one does not evict all the others."""

    def __setitem__(self, name: str, data: bytes) -> None:
        if len(data) <= self.maxsize // 4:
            super().__setitem__(name, data)
