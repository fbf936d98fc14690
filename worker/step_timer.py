"""How long steps take, and what follows from it."""

from __future__ import annotations

from collections import deque
from statistics import median

from engine.recipe.rates import Rates

_RECENT = 12
_STEPS_TO_TRUST = 3
_SHARE_OF_STEPS = Rates().share_of_steps


class StepTimer:
    """Measures steps, and tells the time that is left and the patience that a step needs.

    A scale's first step traces its graph and is not typical, so a new scale's
    own speed counts from its third step on; until then the last scale's does.
    Progress grows with the pixels that are worked through, so that a unit of
    it takes about as long at any scale.
    """

    def __init__(self) -> None:
        self._scale: tuple[int, int] | None = None
        self._rates: deque[float] = deque(maxlen=_RECENT)
        self._rate: float | None = None
        self._progress = 0.0
        self.longest_step_s = 0.0

    def begin(self, progress: float) -> None:
        """Say where the painting stands before its first step here."""
        self._progress = progress

    def note(self, *, scale: tuple[int, int], progress: float, seconds: float) -> None:
        """Note a step that led to this progress."""
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
        """Estimate the time to the end; None as long as nothing is known.

        Progress is reckoned with the most steps that may be made, of which
        some usually are not.
        """
        return None if self._rate is None else (1 - self._progress) * self._rate * _SHARE_OF_STEPS

    def patience_s(self, lease_s: float) -> float:
        """Return how long the next heartbeat may take: the next scale's steps have four times the pixels."""
        return lease_s + 4 * self.longest_step_s
