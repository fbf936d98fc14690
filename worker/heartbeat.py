"""The heartbeat of one attempt: renews the lease, and hears what the owner wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from jobs.job import Claim, Wishes
from jobs.store import STARTING_PATIENCE_S
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.painting import Painting
    from worker.painter import Painter

BEAT_S = 0.2
"""Steps quicker than this share a heartbeat."""

_log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """The job was cancelled, deleted or given to another worker."""


class Heartbeat:
    """Beats only when the picture moves, so that a painting that hangs loses its lease.

    Args:
        painter: its store, its clock and its settings.
        claim: what is beaten for.
        timer: how long the next step may take.
    """

    def __init__(self, painter: Painter, claim: Claim, timer: StepTimer) -> None:
        self._painter = painter
        self._claim = claim
        self._timer = timer
        self._heard_at = painter.clock()
        self._beat_at = float("-inf")
        self._wishes = Wishes(live=True)

    def listen(self, painting: Painting) -> Wishes:
        """Return the owner's newest wishes, beating if that is due."""
        if self._painter.clock() - self._beat_at < BEAT_S:
            return self._wishes
        first = self._timer.longest_step_s == 0
        patience_s = STARTING_PATIENCE_S if first else self._timer.patience_s(self._painter.settings.lease_s)
        return self.beat(painting.step, painting.progress, patience_s)

    def beat(self, step: int, progress: float, patience_s: float, backbone: str | None = None) -> Wishes:
        """Beat now, and return the owner's wishes.

        Raises:
            LeaseLostError: the job is no longer this worker's.
            OperationalError: the database was locked for as long as the lease lasts.
        """
        self._beat_at = self._painter.clock()
        try:
            self._wishes = self._painter.store.heartbeat(
                self._claim.job.id,
                self._claim.token,
                step=step,
                progress=progress,
                patience_s=patience_s,
                backbone=backbone,
            )
        except OperationalError as exc:
            # A database that is locked for a while costs nothing as long as the lease lasts.
            if self._painter.clock() - self._heard_at > self._painter.settings.lease_s:
                raise
            _log.warning("no heartbeat could be written", error=str(exc.orig))
            return self._wishes
        self._heard_at = self._painter.clock()
        if not self._wishes.live:
            raise LeaseLostError
        return self._wishes
