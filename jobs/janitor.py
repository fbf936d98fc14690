"""Puts back what lost its worker, its message or its patience: `python -m jobs.janitor`.

A lease is judged by a counter that stands still on the janitor's own monotonic
clock, so that a clock set wrong does no harm, and ends at once when its process
on this host is dead. Any number of janitors may run: each change is guarded.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import PasticheError
from jobs import logs
from jobs.films import films_folder
from jobs.job import Lease
from jobs.media import Media, MediaError
from jobs.processes import is_dead
from jobs.queue import Queue
from jobs.room import free_bytes, is_short
from jobs.settings import Settings
from jobs.store import JobStore

TICK_S = 0.5
SWEEP_S = 600.0
KINDS = ("paint", "draft")
CANCELLED_AGE = timedelta(days=1)
UNFINISHED_AGE_S = 3600.0

_log = structlog.get_logger(__name__)


class Janitor:
    """What it remembers between its rounds.

    Args:
        store: the truth.
        media: where what is discarded is deleted.
        queue: wakes workers.
        lease_s: the least time that a heartbeat may stand still.
        retention_s: for how long a painting that ended is kept; 0 for good.
        short: whether there is little room left for pictures.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        store: JobStore,
        media: Media,
        queue: Queue,
        *,
        lease_s: float,
        retention_s: float = 0,
        short: Callable[[], bool] = bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._media = media
        self._queue = queue
        self._lease_s = lease_s
        self._retention_s = retention_s
        self._short = short
        self._clock = clock
        self._seen: dict[str, tuple[Lease, float]] = {}
        self._looked_at = clock()
        self._sweep_at = clock()

    def tick(self) -> None:
        """Do one round; the sweep for orphans only now and then."""
        self.release_lost()
        self.wake()
        self.empty_bin()
        if self._clock() >= self._sweep_at:
            self._sweep_at = self._clock() + SWEEP_S
            self.sweep()

    def release_lost(self) -> None:
        """Put back the jobs whose worker is dead or whose heartbeat stood still for too long."""
        now = self._clock()
        # Whoever slept (suspended, stopped) saw no heartbeat move, and must look again before judging.
        overslept = now - self._looked_at > self._lease_s / 2
        self._looked_at = now
        before, self._seen = self._seen, {}
        for lease in self._store.leases():
            known, since = before.get(lease.job_id, (lease, now))
            if overslept or (known.token, known.beat) != (lease.token, lease.beat):
                since = now
            self._seen[lease.job_id] = lease, since
            dead = is_dead(lease.worker)
            if dead or now - since > max(self._lease_s, lease.patience_s):
                self._release(lease, "its process is dead" if dead else "its heartbeat stood still")

    def _release(self, lease: Lease, why: str) -> None:
        if self._store.release_lost(lease.job_id, lease.token, lease.beat):
            _log.warning("job lost its worker", job_id=lease.job_id, why=why, pid=lease.worker.pid)
            self._seen.pop(lease.job_id, None)

    def wake(self) -> None:
        """Call a worker where jobs wait and no call does."""
        for kind in KINDS:
            if self._store.waiting(kind) and self._queue.calls(kind) == 0:
                self._queue.wake(kind)

    def empty_bin(self) -> None:
        """Delete from media what was discarded."""
        for prefix in self._store.discarded():
            try:
                if prefix.endswith("/"):
                    self._media.delete_prefix(prefix)
                else:
                    self._media.delete(prefix)
            except MediaError:
                _log.exception("could not delete", prefix=prefix)
                return
            self._store.deleted(prefix)

    def sweep(self) -> None:
        """Forget expired uploads and old cancelled jobs, and delete files that no record points to."""
        self._store.expire_uploads()
        self._store.empty_bin()
        self._store.forget_cancelled(CANCELLED_AGE)
        if self._retention_s:
            self._store.retire(timedelta(seconds=self._retention_s))
        for job_id in self._media.folders("jobs/"):
            # In this order: what is written after the listing is not in danger.
            present = self._media.keys(f"jobs/{job_id}/")
            kept = self._store.kept_keys(job_id)
            if kept is not None:
                # Of a job that is no more nothing is kept, its films neither.
                films = films_folder(job_id) if kept else None
                for key in present:
                    if key not in kept and not (films and key.startswith(films)):
                        self._media.delete(key)
        self._media.sweep_unfinished(UNFINISHED_AGE_S)
        if self._short():
            _log.warning("there is little room left for pictures")


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.from_env()
    logs.configure(json_lines=settings.log_json)
    leaving = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    try:
        media = Media.open(settings.media_url)
    except PasticheError as exc:
        _log.critical(str(exc))
        return 1
    store = JobStore.open(settings.database_url)
    janitor = Janitor(
        store,
        media,
        Queue(settings),
        lease_s=settings.lease_s,
        retention_s=settings.retention_s,
        short=lambda: is_short(free_bytes(store, media, settings), settings),
    )
    while not leaving.wait(TICK_S):
        try:
            janitor.tick()
        except (SQLAlchemyError, PasticheError):
            # A database or a disk that is away now may be back at the next round.
            _log.exception("a round was cut short")
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
