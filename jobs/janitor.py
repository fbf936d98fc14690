"""Puts back what lost its worker, its message or its patience: `python -m jobs.janitor`.

A lease is judged by a counter that stands still on the janitor's own monotonic
clock, so that a clock set wrong does no harm, and ends at once when its process
on this host is dead. Any number of janitors may run: each change is guarded.
What is deleted, and the sweep, may take minutes or wait for a place that is away:
they go on beside the rounds, so that no lease waits for them.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from types import TracebackType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import PasticheError
from jobs import logs
from jobs.disk_space import free_bytes, is_low
from jobs.films import films_folder
from jobs.job import Lease, Queue
from jobs.media import Media, MediaError
from jobs.processes import is_dead
from jobs.queue import TaskQueue
from jobs.settings import Settings
from jobs.store import JobStore

TICK_S = 0.5
SHARE_S = 0.1
"""So long a round waits for each of the two things that go on beside it."""
SWEEP_S = 600.0
RETRY_S = 10.0
WARN_S = 600.0
CANCELLED_AGE = timedelta(days=1)
UNFINISHED_AGE_S = 3600.0
NOT_DELETED = "could not delete"
"""What the log says of a file that could not be deleted."""

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
        share_s: how long a round waits for what goes on beside it; None until that is done.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        store: JobStore,
        media: Media,
        queue: TaskQueue,
        *,
        lease_s: float,
        retention_s: float = 0,
        short: Callable[[], bool] = bool,
        share_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._media = media
        self._queue = queue
        self._lease_s = lease_s
        self._retention_s = retention_s
        self._short = short
        self._share_s = share_s
        self._clock = clock
        self._seen: dict[str, tuple[Lease, float]] = {}
        self._looked_at = clock()
        self._warn_at = clock()
        self._due = {self.empty_bin: clock(), self.sweep: clock()}
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="janitor")
        self._under_way: dict[Callable[[], None], Future[None]] = {}
        self._leaving = threading.Event()

    def tick(self) -> None:
        """Do one round; the sweep for orphans only now and then."""
        self.release_lost()
        self.wake()
        for chore, at in self._due.items():
            if chore in self._under_way or self._clock() >= at:
                self._beside(chore)

    def _beside(self, chore: Callable[[], None]) -> None:
        """Begin what may take long, or look how it goes; what it failed of is raised here."""
        doing = self._under_way.pop(chore, None) or self._threads.submit(chore)
        if wait([doing], self._share_s).done:
            doing.result()
        else:
            self._under_way[chore] = doing

    def close(self) -> None:
        """Leave what goes on beside the rounds where it is: another janitor does the rest."""
        self._leaving.set()
        self._threads.shutdown()

    def __enter__(self) -> Janitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
        for queue in Queue:
            if self._store.waiting(queue) and self._queue.calls(queue) == 0:
                self._queue.wake(queue)

    def empty_bin(self) -> None:
        """Delete from media what was discarded; what cannot be deleted goes to the end of the line."""
        refused = []
        for prefix in self._store.discards():
            if self._leaving.is_set():
                break
            if self._deleted(prefix):
                self._store.forget_discard(prefix)
            else:
                refused.append(prefix)
        if refused:
            self._store.postpone(refused)
            self._due[self.empty_bin] = self._clock() + RETRY_S

    def _deleted(self, prefix: str) -> bool:
        """Delete a file, or all below a prefix; False where that cannot be, and the others go on."""
        try:
            if prefix.endswith("/"):
                self._media.delete_prefix(prefix)
            else:
                self._media.delete(prefix)
        except MediaError as exc:
            self._complain(prefix, exc)
            return False
        return True

    def _complain(self, prefix: str, error: MediaError) -> None:
        # Once in a while, since it is tried again and again.
        if self._clock() >= self._warn_at:
            self._warn_at = self._clock() + WARN_S
            _log.warning(NOT_DELETED, prefix=prefix, why=str(error.__cause__ or error))

    def sweep(self) -> None:
        """Forget expired uploads and old cancelled jobs, and delete files that no record points to."""
        self._due[self.sweep] = self._clock() + SWEEP_S
        self._store.expire_uploads()
        self._store.empty_bin()
        self._store.delete_cancelled(CANCELLED_AGE)
        if self._retention_s:
            self._store.retire(timedelta(seconds=self._retention_s))
        if self._short():
            _log.warning("there is little room left for pictures")
        for job_id in self._media.folders("jobs/"):
            if self._leaving.is_set():
                return
            self._sweep_job(job_id)
        self._media.sweep_unfinished(UNFINISHED_AGE_S)

    def _sweep_job(self, job_id: str) -> None:
        try:
            # In this order: what is written after the listing is not in danger.
            present = self._media.keys(f"jobs/{job_id}/")
        except MediaError as exc:
            self._complain(f"jobs/{job_id}/", exc)
            return
        kept = self._store.kept_keys(job_id)
        if kept is None:
            return
        # Of a job that is no more nothing is kept, its films neither.
        films = films_folder(job_id) if kept else None
        for key in present:
            if key not in kept and not (films and key.startswith(films)):
                self._deleted(key)


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
        TaskQueue(settings),
        lease_s=settings.lease_s,
        retention_s=settings.retention_s,
        short=lambda: is_low(free_bytes(store, media, settings), settings),
        share_s=SHARE_S,
    )
    with janitor:
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
