"""The heartbeat of one attempt: renews the lease, and brings back what the owner wishes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from jobs.job import Claim, Wishes
from jobs.store import LONG_OPERATION_S, JobStore
from worker.step_timer import StepTimer

if TYPE_CHECKING:
    from engine.painting import Painting

BEAT_S = 0.2
"""Steps quicker than this share a heartbeat."""

_log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """The job was cancelled, deleted or given to another worker."""


class Heartbeat:
    """Beats only when the picture moves, so that a painting that hangs loses its lease.

    Args:
        store: where the lease is renewed.
        claim: the lease.
        timer: knows how long the next step may take.
        lease_s: how long the database may be locked before the attempt is given up.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        store: JobStore,
        claim: Claim,
        timer: StepTimer,
        *,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._claim = claim
        self._timer = timer
        self._lease_s = lease_s
        self._clock = clock
        self._answered_at = clock()
        self._beat_at = float("-inf")
        self._wishes = Wishes(live=True)

    def latest_wishes(self, painting: Painting) -> Wishes:
        """Return the owner's latest wishes, after a heartbeat if one is due; raises like `beat`."""
        if self._clock() - self._beat_at < BEAT_S:
            return self._wishes
        first = self._timer.longest_step_s == 0
        patience_s = LONG_OPERATION_S if first else self._timer.patience_s(self._lease_s)
        return self.beat(painting.step, painting.progress, patience_s)

    def beat(self, step: int, progress: float, patience_s: float, backbone: str | None = None) -> Wishes:
        """Beat now, and return the owner's wishes.

        Raises:
            LeaseLostError: the job is no longer this worker's.
            OperationalError: the database was locked for as long as the lease lasts.
        """
        self._beat_at = self._clock()
        try:
            self._wishes = self._store.leases.heartbeat(
                self._claim.job.id,
                self._claim.token,
                step=step,
                progress=progress,
                patience_s=patience_s,
                backbone=backbone,
            )
        except OperationalError as exc:
            # A database that is locked for a while does no harm as long as the lease lasts.
            if self._clock() - self._answered_at > self._lease_s:
                raise
            _log.warning("no heartbeat could be written", error=str(exc.orig))
            return self._wishes
        self._answered_at = self._clock()
        if not self._wishes.live:
            raise LeaseLostError
        return self._wishes
