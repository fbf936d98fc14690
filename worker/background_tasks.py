"""What the worker's main process does for the owner of the studio, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from jobs.live import Live
from worker.periodic import start_periodic_thread

INTERVAL_S = 2.0


class BackgroundTasks:
    """Starts `worker.fetch_weights` when the owner asks for the weights.

    Args:
        live: where the owner asks.
        start: starts the process, for tests.
    """

    def __init__(self, live: Live, start: Callable[[], subprocess.Popen[bytes]] | None = None) -> None:
        self._live = live
        self._start = start or _start
        self._process: subprocess.Popen[bytes] | None = None

    def start_what_is_wanted(self) -> None:
        """Start what is asked for, unless it is running already."""
        if self._process is not None and self._process.poll() is None:
            return
        fetch = self._live.fetching()
        if fetch is not None and fetch.state == "wanted":
            self._process = self._start()

    def start_watching(self) -> None:
        """Look every few seconds for what is wanted, from a thread that ends with the process."""
        start_periodic_thread(self.start_what_is_wanted, every_s=INTERVAL_S, name="background-tasks")


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worker.fetch_weights"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command is our own
