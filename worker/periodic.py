"""Threads in the worker's main process that do something again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)


def start_periodic_thread(act: Callable[[], object], *, every_s: float, name: str) -> None:
    """Call something every few seconds, from a thread that ends with the process.

    An error ends one call only: its cause may be gone at the next, and nobody
    would notice that the thread had ended.
    """

    def run() -> None:
        pause = threading.Event()
        while True:
            try:
                act()
            except Exception:
                _log.exception("a periodic call failed", thread=name)
            pause.wait(every_s)

    threading.Thread(target=run, name=name, daemon=True).start()
