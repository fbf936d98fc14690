"""What the worker's main process does again and again, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)


def repeat(act: Callable[[], object], *, every_s: float, name: str) -> None:
    """Act every few seconds, from a thread that ends with the process.

    An error costs one round: what was in the way may be gone at the next, and
    a thread that had ended would be missed by nobody.
    """

    def rounds() -> None:
        pause = threading.Event()
        while True:
            try:
                act()
            except Exception:
                _log.exception("a round was cut short", thread=name)
            pause.wait(every_s)

    threading.Thread(target=rounds, name=name, daemon=True).start()
