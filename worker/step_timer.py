"""How long steps take, and what follows: the time left, and how long to wait for a step."""

from __future__ import annotations

from collections import deque
from statistics import median

from engine.recipe.rates import Rates

_RATES_KEPT = 12
_MIN_RATES = 3
_SHARE_OF_STEPS = Rates().share_of_steps


class StepTimer:
    """Measures steps, and estimates the time left and how long the next step may take.

    A scale's first step traces its graph, so its time is ignored. The speed at a
    new scale is used once three further steps are timed; until then the
    previous scale's speed is. Progress is proportional to the pixels processed,
    so the same progress takes about the same time at every scale.
    """

    def __init__(self) -> None:
        self._scale: tuple[int, int] | None = None
        self._recent_costs: deque[float] = deque(maxlen=_RATES_KEPT)
        self._seconds_per_progress: float | None = None
        self._progress = 0.0
        self.longest_step_s = 0.0

    def start_at(self, progress: float) -> None:
        """Set the progress, in [0, 1], before the first step."""
        self._progress = progress

    def add_step(self, *, scale: tuple[int, int], progress: float, seconds: float) -> None:
        """Record a step at a scale of (height, width), and the progress after it."""
        gained, self._progress = progress - self._progress, progress
        self.longest_step_s = max(self.longest_step_s, seconds)
        if scale != self._scale:
            self._scale = scale
            self._recent_costs.clear()
            return
        if gained > 0:
            self._recent_costs.append(seconds / gained)
        if len(self._recent_costs) >= _MIN_RATES:
            self._seconds_per_progress = median(self._recent_costs)

    def seconds_left(self) -> float | None:
        """Estimate the time to the end; None while too little is known.

        Progress assumes the largest number of steps that is allowed; usually
        fewer are needed, so the result is scaled by their usual share.
        """
        return (
            None
            if self._seconds_per_progress is None
            else (1 - self._progress) * self._seconds_per_progress * _SHARE_OF_STEPS
        )

    def patience_s(self, lease_s: float) -> float:
        """Return how long to wait for the next heartbeat: the next step may have four times the pixels."""
        return lease_s + 4 * self.longest_step_s
