"""Says every few seconds that this worker is there, and what it can paint with."""

from __future__ import annotations

import os
from pathlib import Path

from engine.backbones import weights
from engine.errors import WeightsError
from jobs.job import Queue
from jobs.live import Live, WorkerNote
from jobs.processes import this_host
from jobs.settings import Settings
from worker.periodic import repeat

INTERVAL_S = 5.0


class Presence:
    """Runs in the worker's main process, which never loads TensorFlow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live = Live.open(settings.redis_url)
        self._seen: tuple[Path, float, int] | None = None
        self._status = weights.WeightsStatus(path=None)

    def look(self) -> None:
        """Look whether the network's weights are there, and into the file only when it is another."""
        given, cache = self._settings.vgg19_weights, weights.default_cache(self._settings.cache_home)
        try:
            path = weights.resolve("auto", given, cache=cache).path
            facts = path.stat()
        except (WeightsError, OSError):
            self._seen = None
            self._status = weights.status(given, cache=cache)
            return
        seen = path, facts.st_mtime, facts.st_size
        if seen != self._seen:
            self._seen = seen
            self._status = weights.status(given, cache=cache)

    def announce(self, *, worker_id: str, queue: Queue) -> None:
        """Keep saying so, from a thread that ends with the process."""

        def say() -> None:
            self.look()
            self._live.announce_worker(self.note(worker_id, queue))

        repeat(say, every_s=INTERVAL_S, name=f"presence-{queue}")

    def note(self, worker_id: str, queue: Queue) -> WorkerNote:
        """Put into words what was seen."""
        return WorkerNote(
            id=f"{worker_id}:{os.getpid()}:{queue}",
            queue=queue,
            host=this_host(),
            backbone=None if self._status.problem else self._status.network,
            problem=self._status.problem,
        )
