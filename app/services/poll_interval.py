"""How often pages ask where a painting stands: the more of them look on, the more slowly each."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MOST_PER_S = 4
"""So many questions a second, with a preview each, slowed a painting on two cores by 5 to 10 %.

With 7 and 10 it was 8 to 12 % (`benchmarks.load`): what a question costs hardly shows beside the
painting, but what all of them cost does not rise with those who look on.
"""
_WINDOW_S = 10.0
_STEP_MS = 250
_LONGEST_MS = 15_000


class PollInterval:
    """Tells whoever asks when to ask again, so that all together ask at a bounded rate.

    Safe to share between threads; each web process bounds its own.

    Args:
        most_per_s: the rate that is not exceeded for long.
        clock: monotonic seconds, for tests.
    """

    def __init__(self, most_per_s: float = MOST_PER_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_per_s = most_per_s
        self._clock = clock
        self._told: deque[tuple[float, float]] = deque()
        self._sum_ms = 0.0
        self._lock = threading.Lock()

    def next_ms(self, least_ms: int) -> int:
        """Return after how many milliseconds to ask again, `least_ms` at the least."""
        with self._lock:
            now = self._clock()
            while self._told and self._told[0][0] <= now - _WINDOW_S:
                self._sum_ms -= self._told.popleft()[1]
            # Everybody asks once in the interval they are told, so that these sum up to the window for each.
            lookers = self._sum_ms / (1000 * _WINDOW_S)
            interval_ms = min(_LONGEST_MS, max(least_ms, self._stepped(1000 * lookers / self._most_per_s)))
            self._told.append((now, interval_ms))
            self._sum_ms += interval_ms
        return interval_ms

    def _stepped(self, interval_ms: float) -> int:
        # In steps, since an answer that changes is sent anew.
        return _STEP_MS * round(interval_ms / _STEP_MS)
