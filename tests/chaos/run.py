"""One run: a studio, orders all the time, faults chosen by a seed, and the outcome."""

from __future__ import annotations

import collections
import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from jobs.job import UNDERWAY, Status
from jobs.store import JobStore
from tests.chaos.audit import Audit, Row, violations
from tests.chaos.faults import FAULTS, Scene, SkippedError, clock_environment, small_disk
from tests.support.stack import Stack, photo
from tests.support.tiny_vgg import write_tiny_vgg

LEASE_S = 5.0
HUNG_S = 60.0
VISITORS = 3
GRACE_S = 40.0
"""How much later than planned the last fault may come on a busy machine."""
WAITING = 2
"""The most jobs that are kept waiting."""
LONG_S = (4.0, 12.0)
"""How long the longer paintings take at the measured speed, so that faults interrupt some."""


@dataclass(frozen=True)
class Plan:
    """The size of a run: the least number of jobs, and the number of faults.

    The faults are spread over `trouble_s`; by `limit_s` every job must have ended.
    """

    seed: int
    jobs: int = 100
    faults: int = 40
    trouble_s: float = 480.0
    limit_s: float = 600.0


@dataclass
class Harm:
    """A fault that happened, from its beginning to the first painting that went on after it."""

    name: str
    began_at: float
    ended_at: float = 0.0
    painting: str | None = None
    recovery_s: float | None = None


@dataclass
class Outcome:
    """The outcome of a run."""

    plan: Plan
    seconds: float
    statuses: dict[str, int]
    broken: list[str]
    harms: list[Harm]
    skipped: dict[str, str]
    refused: int
    slowest_order_s: float
    retried: dict[str, int]
    standstill_s: float
    steps_repeated: int
    submitted: int = field(default=0)

    @property
    def line(self) -> str:
        ends = ", ".join(f"{count} {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"seed {self.plan.seed}: {self.submitted} jobs ({ends}), {len(self.harms)} faults in "
            f"{self.seconds:.0f} s; {len(self.broken)} invariants broken; longest standstill "
            f"{self.standstill_s:.1f} s"
        )


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Run a plan on its own studio, and remove everything afterwards."""
    weights = write_tiny_vgg(folder / "tiny.h5")
    data = folder / "data"
    with small_disk(data / "media") as no_tmpfs:
        clock, no_clock = clock_environment(data)
        stack = Stack(data, weights, {"LEASE_S": str(LEASE_S)} | clock)
        try:
            stack.start()
            return _Run(plan, Scene(stack, random.Random(plan.seed), LEASE_S, no_tmpfs, no_clock), say).go()
        finally:
            stack.end()


class _Run:
    def __init__(self, plan: Plan, scene: Scene, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.say = say
        self.rng = random.Random(plan.seed)
        self.scene = scene
        stack = scene.stack
        self.audit = Audit(scene.database_url)
        self.store = JobStore.open(scene.database_url)
        self.visitors = [stack.client() for _ in range(VISITORS)]
        self.pictures = [photo(name, 128) for name in ("chelsea", "coffee")]
        self.submitted: set[str] = set()
        self.harms: list[Harm] = []
        self.skipped: dict[str, str] = {}
        self.retried: collections.Counter[str] = collections.Counter()
        self.refused = 0
        self.slowest_order_s = 0.0
        self.standstill_s = 0.0
        self.speed = 30.0
        self.hung: list[str] = []
        self.moved_at = self.began = time.monotonic()
        self.rows: list[Row] = []
        self.over = threading.Event()

    def go(self) -> Outcome:
        self.audit.install()
        fault_thread = threading.Thread(target=self._cause_faults)
        watcher = threading.Thread(target=self._watch)
        fault_thread.start()
        watcher.start()
        try:
            while not self._is_over(fault_thread):
                self._retry_failed()
                self._order(troubled=fault_thread.is_alive())
                time.sleep(0.2)
        finally:
            self.over.set()
            fault_thread.join()
            watcher.join()
            statuses = self.audit.statuses()
            self.store.close()
        rows = self.rows
        self._judge_recovery(rows)
        return Outcome(
            plan=self.plan,
            seconds=time.monotonic() - self.began,
            statuses=dict(collections.Counter(statuses.values())),
            broken=[*violations(rows, self.submitted, statuses), *self.hung],
            harms=self.harms,
            skipped=self.skipped,
            refused=self.refused,
            slowest_order_s=self.slowest_order_s,
            retried=dict(self.retried),
            standstill_s=self.standstill_s,
            steps_repeated=_steps_repeated(rows),
            submitted=len(self.submitted),
        )

    def _is_over(self, fault_thread: threading.Thread) -> bool:
        if time.monotonic() - self.began > self.plan.limit_s or self.hung:
            return True
        if len(self.submitted) < self.plan.jobs or fault_thread.is_alive():
            return False
        return not any(status in (*UNDERWAY, Status.FAILED) for status in self.audit.statuses().values())

    def _watch(self) -> None:
        """Read the recorded changes, and notice when nothing moves although there is work."""
        while not self.over.wait(0.1):
            rows = self.audit.new_rows()
            self._update_speed(rows)
            self.rows += rows
            working = any(status in UNDERWAY for status in self.audit.statuses().values())
            now = time.monotonic()
            if not working or any(row.moves for row in rows):
                self.moved_at = now
            self.standstill_s = max(self.standstill_s, now - self.moved_at)
            if self.standstill_s > HUNG_S:
                self.hung.append(f"nothing moved for {HUNG_S:g} s")
                return
        self.rows += self.audit.new_rows()

    def _update_speed(self, rows: list[Row]) -> None:
        if rows and self.rows and rows[-1].token and rows[-1].token == self.rows[-1].token:
            seen = (rows[-1].step - self.rows[-1].step) / (rows[-1].at - self.rows[-1].at)
            self.speed += 0.1 * (max(1.0, seen) - self.speed)

    def _retry_failed(self) -> None:
        """Retry failed jobs, as their owners would."""
        for job_id, reason in self.audit.reasons().items():
            self.retried[reason] += 1
            job = self.store.jobs.find(job_id)
            assert job is not None
            self.store.wishes.retry(job_id, job.owner)

    def _order(self, *, troubled: bool) -> None:
        # At least as many as planned, and more while there are faults, so that each fault interrupts one.
        enough = len(self.submitted) >= self.plan.jobs
        if self.store.queues.length() >= WAITING or (enough and not troubled):
            return
        long = self.rng.random() < 0.6
        choices: dict[str, Any] = {
            "size": "128" if long else "64",
            "scales": "1",
            "optimizer": "adam",
            "precision": "float32",
        }
        choices["max_steps"] = str(
            min(9000, 50 + int(self.speed * self.rng.uniform(*LONG_S))) if long else self.rng.randint(5, 30)
        )
        began = time.monotonic()
        try:
            painting = self.rng.choice(self.visitors).order(*self.pictures, **choices)
        except (AssertionError, requests.RequestException):
            # The visitor sees an error, so nothing was ordered.
            self.refused += 1
            return
        self.slowest_order_s = max(self.slowest_order_s, time.monotonic() - began)
        self.submitted.add(painting.rpartition("/")[2])
        self._maybe_change(painting.rpartition("/")[2])

    def _maybe_change(self, job_id: str) -> None:
        """Cancel, steer or pause a few of the jobs."""
        job = self.store.jobs.find(job_id)
        act = self.rng.random()
        if job is None or act > 0.12:
            return
        if act < 0.04:
            self.store.wishes.cancel(job_id, job.owner)
        elif act < 0.08:
            self.store.wishes.steer(job_id, job.owner, job.recipe.changed(strength=80))
        else:
            self.store.wishes.pause(job_id, job.owner)
            self.store.wishes.resume(job_id, job.owner)

    def _cause_faults(self) -> None:
        """Cause every fault equally often, in an order that the seed decides."""
        rng = random.Random(self.plan.seed + 1)
        pause_s = self.plan.trouble_s / self.plan.faults
        faults: list[Callable[[Scene], None]] = []
        next_at = time.monotonic() + pause_s * 0.5
        while len(self.harms) < self.plan.faults:
            if self.over.is_set() or time.monotonic() - self.began > self.plan.trouble_s + GRACE_S:
                return
            if not faults:
                faults = [fault for fault in FAULTS if fault.__name__ not in self.skipped]
                rng.shuffle(faults)
            self.over.wait(max(0.0, next_at - time.monotonic()))
            # The time between two faults includes the duration of the first.
            next_at += pause_s * rng.uniform(0.6, 1.4)
            self._harm(faults.pop())

    def _harm(self, fault: Callable[[Scene], None]) -> None:
        name = fault.__name__.replace("_", " ")
        leases = []
        with contextlib.suppress(Exception):
            leases = self.store.leases.held()
        harm = Harm(name, time.monotonic(), painting=leases[0].job_id if leases else None)
        self.say(f"  {time.monotonic() - self.began:5.0f} s  {name}")
        try:
            fault(self.scene)
        except SkippedError as exc:
            self.skipped[fault.__name__] = str(exc)
            return
        except (AssertionError, StopIteration, OSError) as exc:
            self.hung.append(f"{name}: the studio's process did not come back: {exc!r}"[:300])
            return
        harm.ended_at = time.monotonic()
        self.harms.append(harm)

    def _judge_recovery(self, rows: list[Row]) -> None:
        for harm in self.harms:
            if harm.painting is None:
                continue
            went_on = (r.at for r in rows if r.at > harm.began_at and r.step != r.old_step and r.step > 0)
            if "kill child" in harm.name or "worker" in harm.name:
                # Steps of another attempt than the interrupted one count.
                before = {r.token for r in rows if r.at <= harm.began_at}
                went_on = (
                    r.at for r in rows
                    if r.at > harm.began_at and r.step != r.old_step and r.token and r.token not in before
                )  # fmt: skip
            at = next(went_on, None)
            harm.recovery_s = None if at is None else at - harm.began_at


def _steps_repeated(rows: list[Row]) -> int:
    """Return the largest number of steps that the loss of a worker cost."""
    return max(
        (
            row.step - row.checkpoint_step
            for row in rows
            if row.old_status == "painting" and row.status == "queued"
        ),
        default=0,
    )
