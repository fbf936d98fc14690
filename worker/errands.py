"""What the worker's main process has done for the owner of the studio, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

from jobs.live import Live

INTERVAL_S = 2.0


class Errands:
    """Starts `worker.fetch` when somebody asks for the weights.

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

        def repeat() -> None:
            pause = threading.Event()
            while True:
                self.look()
                pause.wait(INTERVAL_S)

        threading.Thread(target=repeat, name="errands", daemon=True).start()


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worker.fetch"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command is our own
