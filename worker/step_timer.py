"""How long steps take, and what follows: the time left, and how long to wait for a step."""

from __future__ import annotations

from collections import deque
from statistics import median

from engine.recipe.rates import Rates

_RECENT = 12
_STEPS_TO_TRUST = 3
_SHARE_OF_STEPS = Rates().share_of_steps


class StepTimer:
    """Measures steps, and estimates the time left and how long the next step may take.

    A scale's first step traces its graph and is not typical, so the speed at a
    new scale counts from its third step on; until then the last scale's does.
    Progress grows with the pixels that are worked through, so a unit of it
    takes about as long at any scale.
    """

    def __init__(self) -> None:
        self._scale: tuple[int, int] | None = None
        self._rates: deque[float] = deque(maxlen=_RECENT)
        self._rate: float | None = None
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
            self._rates.clear()
            return
        if gained > 0:
            self._rates.append(seconds / gained)
        if len(self._rates) >= _STEPS_TO_TRUST:
            self._rate = median(self._rates)

    def seconds_left(self) -> float | None:
        """Estimate the time to the end; None while too little is known.

        Progress assumes the largest number of steps that is allowed; usually
        fewer are needed.
        """
        return None if self._rate is None else (1 - self._progress) * self._rate * _SHARE_OF_STEPS

    def patience_s(self, lease_s: float) -> float:
        """Return how long the next heartbeat may take: a step at the next scale has four times the pixels."""
        return lease_s + 4 * self.longest_step_s
