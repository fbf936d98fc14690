"""Fetches VGG19's weights and reports its progress: `python -m worker.fetch_weights`.

It runs as a process of its own beside the worker that needs the weights: the
download takes minutes, and must not hold up a painting.
"""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from engine.backbones import weights
from engine.errors import WeightsError
from jobs import logs
from jobs.fetching import Fetch
from jobs.live import Live
from jobs.settings import Settings

REPORT_S = 0.5
UNWRITABLE = "{folder} cannot be written: {reason}."

_log = structlog.get_logger(__name__)


def fetch(live: Live, folder: Path, clock: Callable[[], float] = time.monotonic) -> bool:
    """Fetch the weights into a folder, unless another process is doing so; return whether they are there.

    Args:
        live: where progress is reported.
        folder: a cache, as `engine.backbones.weights` names it.
        clock: monotonic seconds, for tests.
    """
    reported_at = float("-inf")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "fetch.lock").open("w")
    except OSError as exc:
        problem = UNWRITABLE.format(folder=folder, reason=exc.strerror)
        live.report_fetch(Fetch(state="failed", problem=problem))
        return False

    def report(so_far: int, total: int | None) -> None:
        nonlocal reported_at
        if clock() - reported_at >= REPORT_S:
            reported_at = clock()
            live.report_fetch(Fetch(state="running", bytes=so_far, total=total))

    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        report(0, None)
        try:
            path = weights.fetch(cache=folder, progress=report)
        except WeightsError as exc:
            _log.warning("the weights could not be fetched", reason=str(exc))
            live.report_fetch(Fetch(state="failed", problem=str(exc)))
            return False
        size = path.stat().st_size
        live.report_fetch(Fetch(state="done", bytes=size, total=size))
        return True


def main() -> int:
    """Fetch the weights into the cache that the settings name; return the exit status."""
    settings = Settings.from_env()
    logs.configure(json_lines=settings.log_json)
    live = Live.open(settings.redis_url)
    return 0 if fetch(live, weights.default_cache(settings.cache_home)) else 1


if __name__ == "__main__":
    sys.exit(main())
