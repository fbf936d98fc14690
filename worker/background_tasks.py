"""What the worker's main process has done for the owner of the studio, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from jobs.live import Live
from worker.periodic import repeat

INTERVAL_S = 2.0


class BackgroundTasks:
    """Starts `worker.fetch_weights` when somebody asks for the weights.

    Args:
        live: where they ask.
        start: starts it, for tests.
    """

    def __init__(self, live: Live, start: Callable[[], subprocess.Popen[bytes]] | None = None) -> None:
        self._live = live
        self._start = start or _start
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start what is asked for, unless it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        wish = self._live.fetching()
        if wish is not None and wish.state == "wanted":
            self._process = self._start()

    def watch(self) -> None:
        """Look again and again, from a thread that ends with the process."""
        repeat(self.look, every_s=INTERVAL_S, name="errands")


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worker.fetch_weights"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command is our own
