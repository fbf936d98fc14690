"""Pictures an hour from one worker on one core, and from two with a core each, in turns.

    python -m benchmarks.capacity --rounds 3

A whole studio is started on a folder of its own; the second worker is one more
process as another machine would run it. What is under way counts by its progress.
All are of full quality, since the drafts' worker takes short sketches.
Meanwhile a visitor reads the state of a painting four times a second, as its page does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import bench
from jobs.job import DONE, Job
from jobs.store import JobStore
from tests.support.stack import Stack, photo, studio, until

CORES = 0, 1
_QUEUED = 6
"""So many paintings wait at any time."""
_WARM_UP_S = 15.0
_LIMIT_S = 90.0
_ASK_S = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of one worker and of two (default 3)")
    parser.add_argument("--seconds", type=float, default=60, help="of each (default 60)")
    parser.add_argument("--size", type=int, default=256)
    args = parser.parse_args()
    if not set(CORES) <= os.sched_getaffinity(0):
        raise SystemExit("This needs two cores.")
    pin(os.getpid(), {CORES[0]})  # what is started inherits it, and computes with the one core that it finds
    with (
        tempfile.TemporaryDirectory(prefix="pastiche-capacity-", ignore_cleanup_errors=True) as folder,
        studio(Path(folder) / "data", "") as stack,
    ):
        worker = stack.process("worker").pid
        for process in stack.processes():
            if worker not in (process.pid, process.parent):
                pin(process.pid, set(CORES))
        pin(os.getpid(), set(CORES))
        line = _Line(stack, args.size)
        seen = {
            "one worker": _Seen(contextlib.nullcontext),
            "two workers": _Seen(lambda: second_worker(stack)),
        }
        for _ in range(args.rounds):
            for name, kind in seen.items():
                with kind.beside():
                    rate, times = line.measure(args.seconds)
                kind.rates.append(round(rate, 1))
                kind.answers_ms += times
                print(f"{name}: {rate:.0f} pictures an hour", flush=True)
        line.close()
    one, two = (statistics.median(kind.rates) for kind in seen.values())
    found = {
        name: {"pictures_an_hour": kind.rates, "status_p95_ms": round(_p95(kind.answers_ms), 1)}
        for name, kind in seen.items()
    }
    bench.keep("capacity", {"size": args.size, "quality": "screen", **found, "ratio": round(two / one, 2)})


@dataclass
class _Seen:
    """What so many workers did; `beside` runs those that the studio itself has not."""

    beside: Callable[[], contextlib.AbstractContextManager[None]]
    rates: list[float] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)


class _Line:
    """Paintings of one visitor, of which some wait at any time."""

    def __init__(self, stack: Stack, size: int) -> None:
        self._client = stack.client()
        self._store = JobStore.open(stack.database_url)
        self._size = size
        self._under_way: list[str] = []
        self._painted = 0
        self._pictures = photo(longer_side=size), photo("coffee")

    def close(self) -> None:
        self._store.close()

    def measure(self, seconds: float) -> tuple[float, list[float]]:
        """Return the pictures an hour over so many seconds, and how long each answer took in ms."""
        self._refill()
        began = self._done()
        until(lambda: self._refill() or self._done() > began, _LIMIT_S, "the first picture to move", None)
        self._run(_WARM_UP_S)
        times: list[float] = []
        stop = threading.Event()
        asker = threading.Thread(target=self._ask, args=(times, stop))
        asker.start()
        before, start = self._done(), time.monotonic()
        self._run(seconds)
        painted, taken = self._done() - before, time.monotonic() - start
        stop.set()
        asker.join()
        return 3600 * painted / taken, times

    def _run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._refill()
            time.sleep(1)

    def _refill(self) -> None:
        for _ in range(_QUEUED - len(self._look())):
            page = self._client.order(*self._pictures, size=str(self._size), quality="screen")
            self._under_way.append(page.rpartition("/")[2])

    def _look(self) -> list[Job]:
        """Return the jobs that are not done; the others are never asked for again, as that takes time."""
        found = [job for name in self._under_way if (job := self._store.job(name))]
        left = [job for job in found if job.status not in DONE]
        self._painted += len(found) - len(left)
        self._under_way = [job.id for job in left]
        return left

    def _done(self) -> float:
        """Return how many pictures are painted, those under way by their progress."""
        left = self._look()
        return self._painted + sum(job.progress for job in left)

    def _ask(self, times: list[float], stop: threading.Event) -> None:
        page = f"/paintings/{self._under_way[-1]}/status"
        while not stop.wait(_ASK_S):
            asked = time.monotonic()
            self._client.get(page)
            times.append(1000 * (time.monotonic() - asked))


@contextlib.contextmanager
def second_worker(stack: Stack) -> Iterator[None]:
    """Run one more worker, on the second core."""
    folder = Path(f"/proc/{stack.process('worker').pid}")
    command = (folder / "cmdline").read_text().rstrip("\0").split("\0")
    command[command.index("-n") + 1] = "second@%h"
    environ = dict(entry.split("=", 1) for entry in (folder / "environ").read_text().rstrip("\0").split("\0"))
    log = (stack.data / "log" / "second.log").open("ab")
    with log, subprocess.Popen(command, env=environ, cwd=folder / "cwd", stdout=log, stderr=log) as worker:
        pin(worker.pid, {CORES[1]})
        try:
            yield
        finally:
            worker.terminate()


def pin(process: int, cores: set[int]) -> None:
    """Let a process, and what it will start, run on some cores only."""
    for task in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


if __name__ == "__main__":
    main()
