"""Pictures per hour from one worker on one core, and from two workers with a core each, in alternation.

    python -m benchmarks.capacity --rounds 3

Starts a studio in a temporary folder; the second worker is another process, as a
second machine would run it. Unfinished paintings count in proportion to their progress.
All have full quality, since the quick worker takes short sketches.
Meanwhile a visitor polls the state of a painting four times a second, as its page does.
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
"""The number of unfinished paintings at any time."""
_WARM_UP_S = 15.0
_LIMIT_S = 90.0
_POLL_S = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds with one worker and with two (default 3)"
    )
    parser.add_argument("--seconds", type=float, default=60, help="length of each measurement (default 60)")
    parser.add_argument("--size", type=int, default=256)
    args = parser.parse_args()
    if not set(CORES) <= os.sched_getaffinity(0):
        raise SystemExit("This needs two cores.")
    pin(os.getpid(), {CORES[0]})  # child processes inherit this, and compute with the one core that they find
    with (
        tempfile.TemporaryDirectory(prefix="pastiche-capacity-", ignore_cleanup_errors=True) as folder,
        studio(Path(folder) / "data", "") as stack,
    ):
        worker = stack.process("worker").pid
        for process in stack.processes():
            if worker not in (process.pid, process.parent):
                pin(process.pid, set(CORES))
        pin(os.getpid(), set(CORES))
        backlog = _Backlog(stack, args.size)
        setups = {
            "one worker": _Setup(contextlib.nullcontext),
            "two workers": _Setup(lambda: second_worker(stack)),
        }
        for _ in range(args.rounds):
            for name, setup in setups.items():
                with setup.extra_workers():
                    rate, times = backlog.measure(args.seconds)
                setup.rates.append(round(rate, 1))
                setup.answers_ms += times
                print(f"{name}: {rate:.0f} pictures an hour", flush=True)
        backlog.close()
    one, two = (statistics.median(setup.rates) for setup in setups.values())
    results = {
        name: {"pictures_an_hour": setup.rates, "status_p95_ms": round(_p95(setup.answers_ms), 1)}
        for name, setup in setups.items()
    }
    bench.keep("capacity", {"size": args.size, "quality": "screen", **results, "ratio": round(two / one, 2)})


@dataclass
class _Setup:
    """Measurements with a number of workers; `extra_workers` runs those beyond the studio's own."""

    extra_workers: Callable[[], contextlib.AbstractContextManager[None]]
    rates: list[float] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)


class _Backlog:
    """The paintings of one visitor, kept at a constant number of unfinished ones."""

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
        """Measure for some seconds; return pictures per hour, and the time of each poll in ms."""
        self._refill()
        before = self._done()
        until(lambda: self._moved_on(before), _LIMIT_S, "the first picture to make progress", None)
        self._run(_WARM_UP_S)
        times: list[float] = []
        stop = threading.Event()
        poller = threading.Thread(target=self._poll, args=(times, stop))
        poller.start()
        before, start = self._done(), time.monotonic()
        self._run(seconds)
        painted, taken = self._done() - before, time.monotonic() - start
        stop.set()
        poller.join()
        return 3600 * painted / taken, times

    def _run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._refill()
            time.sleep(1)

    def _moved_on(self, before: float) -> bool:
        self._refill()
        return self._done() > before

    def _refill(self) -> None:
        for _ in range(_QUEUED - len(self._unfinished())):
            page = self._client.order(*self._pictures, size=str(self._size), quality="screen")
            self._under_way.append(page.rpartition("/")[2])

    def _unfinished(self) -> list[Job]:
        """Return the unfinished jobs; forget the others, since looking them up again takes time."""
        known = [job for name in self._under_way if (job := self._store.jobs.find(name))]
        left = [job for job in known if job.status not in DONE]
        self._painted += len(known) - len(left)
        self._under_way = [job.id for job in left]
        return left

    def _done(self) -> float:
        """Return the number of pictures painted; unfinished ones count by their progress."""
        left = self._unfinished()
        return self._painted + sum(job.progress for job in left)

    def _poll(self, times: list[float], stop: threading.Event) -> None:
        page = f"/paintings/{self._under_way[-1]}/status"
        while not stop.wait(_POLL_S):
            started = time.monotonic()
            self._client.get(page)
            times.append(1000 * (time.monotonic() - started))


@contextlib.contextmanager
def second_worker(stack: Stack) -> Iterator[None]:
    """Run another worker, on the second core."""
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
    """Restrict a process, and those that it starts later, to some cores."""
    for task in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


if __name__ == "__main__":
    main()
