"""Measures how long a painting takes to go on after each fault, one at a time, with the usual lease."""

from __future__ import annotations

import math
import os
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from jobs.job import DONE, Job
from jobs.store import JobStore
from tests.support.stack import Stack, photo, until

LIMIT_S = 120.0
APART_S = 12.0
"""The pause between faults; after deaths in quick succession a process restarts later each time."""


def measure(folder: Path, weights: Path | str, *, rounds: int, size: int, say: Callable[[str], None]) -> None:
    """Interrupt one long painting again and again, and report how long it stood still each time."""
    stack = Stack(folder / "data", weights)
    try:
        stack.start()
        bench = _Bench(stack, size)
        for name, act in bench.acts.items():
            taken, times, repeated = zip(*(bench.time(act) for _ in range(rounds)), strict=True)
            say(f"{name:<28} n={rounds}  taken up again: {_summary(taken)}")
            say(f"{'':<28} first new step: {_summary(times)}; painted again: at most {max(repeated)} steps")
        waits = [bench.terminate() for _ in range(rounds)]
        say(f"{'SIGTERM obeyed':<28} n={rounds}  {_summary(waits)}")
        bench.store.close()
    finally:
        stack.end()


def _summary(times: tuple[float, ...] | list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
    return f"median {statistics.median(ordered):5.1f} s, p95 {p95:5.1f} s, longest {ordered[-1]:5.1f} s"


class _Bench:
    def __init__(self, stack: Stack, size: int) -> None:
        self.stack = stack
        self.store = JobStore.open(stack.database_url)
        self.size = size
        self.client = stack.client()
        self.job_id = self._order()
        self.acts: dict[str, Callable[[], None]] = {
            "child killed": lambda: stack.painter().kill(signal.SIGKILL),
            "worker killed": lambda: stack.process("worker").kill(signal.SIGKILL),
            "Redis killed": lambda: stack.process("redis").kill(signal.SIGKILL),
            "Redis restarted": lambda: stack.process("redis").kill(signal.SIGTERM),
        }

    def _order(self) -> str:
        choices = {"size": str(self.size), "scales": "1", "max_steps": "10000", "optimizer": "adam"}
        # With the usual learning rate the loss soon rises for a moment, which ends the painting.
        choices["learning_rate"] = "0.0001"
        page = self.client.order(photo(longer_side=self.size), photo("coffee"), **choices)
        return page.rpartition("/")[2]

    def time(self, act: Callable[[], None]) -> tuple[float, float, int]:
        """Cause a fault and measure the recovery.

        Returns:
            The seconds until the job is claimed again, or Redis is back; the seconds
            until the next new step; and how many steps were repeated.
        """
        time.sleep(APART_S)
        self._settle()
        before = self._job()
        redis_back = act in (self.acts["Redis killed"], self.acts["Redis restarted"])
        claims = self._claims()
        redis = self._redis()
        began = time.monotonic()
        act()
        if redis_back:
            self._until(lambda: self._redis() not in (None, redis))
            self._until(lambda: self.client.get("/readyz").json()["redis"])
            back = time.monotonic() - began
            self._until(lambda: self._job().step > before.step)
            return back, time.monotonic() - began, 0
        self._until(lambda: self._claims() > claims)
        back = time.monotonic() - began
        again = self._job().step
        self._until(lambda: self._job().step != again)
        first = self._job().step
        return back, time.monotonic() - began, max(0, before.step - first + 1)

    def terminate(self) -> float:
        """Return the seconds from SIGTERM until the worker has ended and its job waits."""
        self._settle()
        worker = self.stack.process("worker").pid
        began = time.monotonic()
        os.kill(worker, signal.SIGTERM)
        self._until(lambda: not Path(f"/proc/{worker}").exists())
        seconds = time.monotonic() - began
        assert "handed over" in {event.name for event in self.store.jobs.events(self.job_id)[-2:]}
        return seconds

    def _redis(self) -> int | None:
        try:
            return self.stack.process("redis").pid
        except AssertionError:
            return None

    def _settle(self) -> None:
        """Wait until the job is being painted and has a new checkpoint."""
        if self._job().status in DONE or self._job().progress > 0.6:
            # Order another one, so that the painting does not end in the middle of a measurement.
            self.store.wishes.stop(self.job_id, self._job().owner)
            self.job_id = self._order()
        key = self._job().checkpoint_key
        self._until(lambda: self._job().status == "painting" and self._job().checkpoint_key != key)

    def _job(self) -> Job:
        job = self.store.jobs.find(self.job_id)
        assert job is not None
        return job

    def _claims(self) -> int:
        return [event.name for event in self.store.jobs.events(self.job_id)].count("claimed")

    def _until(self, holds: Callable[[], object]) -> None:
        until(holds, LIMIT_S, "the painting to go on", self._job())
