"""Pictures in other sizes and kinds, made once however many ask at the same moment.

A page that fifty people look at asks fifty times for the same small picture;
each would otherwise be decoded and encoded anew, beside the painting.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

_MAX_BYTES = 8 * 2**20


class Renditions:
    """Remembers the last ones; safe to share between threads.

    Args:
        max_bytes: how much is remembered in all.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return what is known under a name that never means anything else, or make it."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
            turn = self._making.setdefault(name, threading.Lock())
        with turn:
            with self._lock:
                if name in self._kept:
                    return self._kept[name]
            try:
                data = make()
                self._keep(name, data)
            finally:
                with self._lock:
                    self._making.pop(name, None)
        return data

    def _keep(self, name: str, data: bytes) -> None:
        if len(data) > self._max_bytes // 4:
            return
        with self._lock:
            self._bytes += len(data) - len(self._kept.pop(name, b""))
            self._kept[name] = data
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1])
