"""Releases lost leases, wakes workers and deletes what is no longer needed: `python -m jobs.janitor`.

A lease is lost when its heartbeat counter stands still for too long on the
janitor's own monotonic clock, so that a wrong clock does no harm; or at once,
when its process on this host is dead. Any number of janitors may run, since
each change is guarded. Deleting and sweeping may take minutes, or wait for
media that is away, so they run in the background and hold up no lease.
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
WAIT_S = 0.1
"""How long a round waits for each of the two background tasks."""
SWEEP_S = 600.0
RETRY_S = 10.0
WARN_S = 600.0
CANCELLED_AGE = timedelta(days=1)
UNFINISHED_AGE_S = 3600.0
NOT_DELETED = "could not delete"
"""The log's event for a file that could not be deleted."""

_log = structlog.get_logger(__name__)


class Janitor:
    """Looks after the store, the media and the queue, round after round.

    Args:
        store: the truth.
        media: where discarded files are deleted.
        queue: wakes workers.
        lease_s: how long a heartbeat may stand still, at least.
        retention_s: how long a painting that ended is kept; 0 for ever.
        is_space_low: whether little space is left for pictures.
        wait_s: how long a round waits for a background task; None until it is done.
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
        is_space_low: Callable[[], bool] = bool,
        wait_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._media = media
        self._queue = queue
        self._lease_s = lease_s
        self._retention_s = retention_s
        self._is_space_low = is_space_low
        self._wait_s = wait_s
        self._clock = clock
        self._seen: dict[str, tuple[Lease, float]] = {}
        self._checked_at = clock()
        self._warn_at = clock()
        self._due = {self.delete_discarded: clock(), self.sweep: clock()}
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="janitor")
        self._running: dict[Callable[[], None], Future[None]] = {}
        self._closing = threading.Event()

    def tick(self) -> None:
        """Do one round; the sweep happens only now and then."""
        self.release_lost()
        self.wake()
        for task, at in self._due.items():
            if task in self._running or self._clock() >= at:
                self._run_in_background(task)

    def _run_in_background(self, task: Callable[[], None]) -> None:
        """Start a task that may take long, or see how far it is; raises what it raised."""
        future = self._running.pop(task, None) or self._threads.submit(task)
        if wait([future], self._wait_s).done:
            future.result()
        else:
            self._running[task] = future

    def close(self) -> None:
        """End the background tasks where they are; another janitor does the rest."""
        self._closing.set()
        self._threads.shutdown()

    def __enter__(self) -> Janitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def release_lost(self) -> None:
        """Put back the jobs whose worker is dead or whose heartbeat has stood still for too long."""
        now = self._clock()
        # A janitor that was suspended has seen no heartbeat move, and must look again before it judges.
        overslept = now - self._checked_at > self._lease_s / 2
        self._checked_at = now
        before, self._seen = self._seen, {}
        for lease in self._store.leases.held():
            known, since = before.get(lease.job_id, (lease, now))
            if overslept or (known.token, known.beat) != (lease.token, lease.beat):
                since = now
            self._seen[lease.job_id] = lease, since
            dead = is_dead(lease.worker)
            if dead or now - since > max(self._lease_s, lease.patience_s):
                self._release(lease, "its process is dead" if dead else "its heartbeat stood still")

    def _release(self, lease: Lease, why: str) -> None:
        if self._store.leases.release_lost(lease.job_id, lease.token, lease.beat):
            _log.warning("job lost its worker", job_id=lease.job_id, why=why, pid=lease.worker.pid)
            self._seen.pop(lease.job_id, None)

    def wake(self) -> None:
        """Call a worker for each queue in which jobs wait and no call does."""
        for queue in Queue:
            if self._store.queues.length(queue) and self._queue.calls(queue) == 0:
                self._queue.wake(queue)

    def delete_discarded(self) -> None:
        """Delete discarded files from media; those that cannot be deleted go to the end of the list."""
        failed = []
        for prefix in self._store.housekeeping.discards():
            if self._closing.is_set():
                break
            if self._try_delete(prefix):
                self._store.housekeeping.forget_discard(prefix)
            else:
                failed.append(prefix)
        if failed:
            self._store.housekeeping.postpone_discards(failed)
            self._due[self.delete_discarded] = self._clock() + RETRY_S

    def _try_delete(self, prefix: str) -> bool:
        """Delete a file, or all files below a prefix; return whether that was possible."""
        try:
            if prefix.endswith("/"):
                self._media.delete_prefix(prefix)
            else:
                self._media.delete(prefix)
        except MediaError as exc:
            self._warn(prefix, exc)
            return False
        return True

    def _warn(self, prefix: str, error: MediaError) -> None:
        # Only now and then, since deleting is tried again and again.
        if self._clock() >= self._warn_at:
            self._warn_at = self._clock() + WARN_S
            _log.warning(NOT_DELETED, prefix=prefix, why=str(error.__cause__ or error))

    def sweep(self) -> None:
        """Delete expired uploads, old cancelled jobs, and files that no record points to."""
        self._due[self.sweep] = self._clock() + SWEEP_S
        self._store.housekeeping.expire_uploads()
        self._store.housekeeping.empty_bin()
        self._store.housekeeping.delete_cancelled(CANCELLED_AGE)
        if self._retention_s:
            self._store.housekeeping.delete_older_than(timedelta(seconds=self._retention_s))
        if self._is_space_low():
            _log.warning("little space is left for pictures")
        for job_id in self._media.folders("jobs/"):
            if self._closing.is_set():
                return
            self._sweep_job(job_id)
        self._media.sweep_unfinished(UNFINISHED_AGE_S)

    def _sweep_job(self, job_id: str) -> None:
        try:
            # The files are listed first, so that what is written afterwards is not in danger.
            present = self._media.keys(f"jobs/{job_id}/")
        except MediaError as exc:
            self._warn(f"jobs/{job_id}/", exc)
            return
        kept = self._store.housekeeping.kept_keys(job_id)
        if kept is None:
            return
        # Nothing of a deleted job is kept, not even its films.
        films = films_folder(job_id) if kept else None
        for key in present:
            if key not in kept and not (films and key.startswith(films)):
                self._try_delete(key)


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.from_env()
    logs.configure(json_lines=settings.log_json)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
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
        is_space_low=lambda: is_low(free_bytes(store, media, settings), settings),
        wait_s=WAIT_S,
    )
    with janitor:
        while not stopping.wait(TICK_S):
            try:
                janitor.tick()
            except (SQLAlchemyError, PasticheError):
                # A database or disk that is away now may be back at the next round.
                _log.exception("a round failed")
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
