"""How often pages poll the status of a painting: the more pages there are, the less often each one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MAX_PER_S = 4
"""At this many requests per second, each with a preview, a painting on two cores slowed by 5 to 10 %.

With 7 and 10 it was 8 to 12 % (`benchmarks.load`). A single request hardly matters; the limit keeps
the total cost from growing with the number of pages.
"""
_WINDOW_S = 10.0
_STEP_MS = 250
_MAX_MS = 15_000


class PollInterval:
    """Decides when each page polls again, so that all pages together stay below a maximum rate.

    Safe to share between threads; each web process limits its own pages.

    Args:
        max_per_s: the rate of requests that is not exceeded for long.
        clock: monotonic seconds, for tests.
    """

    def __init__(self, max_per_s: float = MAX_PER_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_per_s = max_per_s
        self._clock = clock
        self._issued: deque[tuple[float, float]] = deque()
        self._sum_ms = 0.0
        self._lock = threading.Lock()

    def next_ms(self, min_ms: int) -> int:
        """Return the milliseconds until the next poll, at least `min_ms`."""
        with self._lock:
            now = self._clock()
            while self._issued and self._issued[0][0] <= now - _WINDOW_S:
                self._sum_ms -= self._issued.popleft()[1]
            # Each page polls once per interval, so its intervals add up to the length of the window.
            pollers = self._sum_ms / (1000 * _WINDOW_S)
            interval_ms = min(_MAX_MS, max(min_ms, self._rounded(1000 * pollers / self._max_per_s)))
            self._issued.append((now, interval_ms))
            self._sum_ms += interval_ms
        return interval_ms

    def _rounded(self, interval_ms: float) -> int:
        # Rounded, because a response that changes has to be sent again.
        return _STEP_MS * round(interval_ms / _STEP_MS)
