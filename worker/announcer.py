"""Announces every few seconds that this worker is running, and what it can paint with."""

from __future__ import annotations

import os
from pathlib import Path

from engine.backbones import weights
from engine.errors import WeightsError
from jobs.job import Queue
from jobs.live import Live, WorkerNote
from jobs.processes import this_host
from jobs.settings import Settings
from worker.periodic import start_periodic_thread

INTERVAL_S = 5.0


class WorkerAnnouncer:
    """Runs in the worker's main process, which never loads TensorFlow.

    Args:
        settings: where Redis and the weights are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live = Live.open(settings.redis_url)
        self._checked_file: tuple[Path, float, int] | None = None
        self._status = weights.WeightsStatus(path=None)

    def check_weights(self) -> None:
        """Check whether the network's weights are there; read the file only if it has changed."""
        given, cache = self._settings.vgg19_weights, weights.default_cache(self._settings.cache_home)
        try:
            path = weights.resolve("auto", given, cache=cache).path
            facts = path.stat()
        except (WeightsError, OSError):
            self._checked_file = None
            self._status = weights.status(given, cache=cache)
            return
        file = path, facts.st_mtime, facts.st_size
        if file != self._checked_file:
            self._checked_file = file
            self._status = weights.status(given, cache=cache)

    def start_announcing(self, *, worker_id: str, queue: Queue) -> None:
        """Announce the worker again and again, from a thread that ends with the process."""

        def announce() -> None:
            self.check_weights()
            self._live.announce_worker(self.note(worker_id, queue))

        start_periodic_thread(announce, every_s=INTERVAL_S, name=f"announcer-{queue}")

    def note(self, worker_id: str, queue: Queue) -> WorkerNote:
        """Return what to announce, by the last `check_weights`."""
        return WorkerNote(
            id=f"{worker_id}:{os.getpid()}:{queue}",
            queue=queue,
            host=this_host(),
            backbone=None if self._status.problem else self._status.network,
            problem=self._status.problem,
        )
