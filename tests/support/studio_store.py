"""A store with a clock that tests control, and short ways to fill it."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.recipe import Recipe
from jobs.job import Claim, Job, Order, Queue, Result, Upload, WorkerIdentity
from jobs.store import JobStore
from jobs.store.database import open_engine


class Clock:
    """A wall clock and a monotonic clock that move only in `sleep`."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 1, 1, tzinfo=UTC)
        self.monotonic_s = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.monotonic_s

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic_s += seconds


PAINTER = WorkerIdentity(host="elsewhere", pid=7, process_started="then", queue=Queue.LONG)


class Desk:
    """A store, and short ways to order and claim."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.store = JobStore(open_engine(url), clock.now)
        self._numbers = itertools.count()

    def upload(self, owner: str = "ada", role: str = "content", *, sha256: str | None = None) -> Upload:
        return self.store.uploads.stage(
            owner=owner,
            sha256=sha256 or secrets.token_hex(32),
            role=role,
            name=f"{role}.png",
            width=60,
            height=40,
            bytes=100,
            suffix=".png",
            expiry_s=3600,
        )

    def order(self, owner: str = "ada", token: str | None = None, **changes: Any) -> Order:
        choices: dict[str, Any] = {
            "owner": owner,
            "content_id": self.upload(owner).id,
            "style_ids": (self.upload(owner, "style").id,),
            "recipe": Recipe(),
            "title": "A picture",
            "token": token or f"order {next(self._numbers)}",
        }
        return Order(**choices | changes)

    def submit(self, owner: str = "ada", **changes: Any) -> Job:
        self.clock.sleep(1)
        return self.store.jobs.submit(self.order(owner, **changes))

    def claim(self) -> Claim:
        claim = self.store.leases.claim(PAINTER)
        assert claim is not None
        return claim

    def begun(self, owner: str = "ada") -> Claim:
        job = self.submit(owner)
        claim = self.claim()
        assert claim.job.id == job.id
        return claim

    def beat(self, claim: Claim, step: int = 1):
        return self.store.leases.heartbeat(claim.job.id, claim.token, step=step, progress=0.5, patience_s=15)

    def status(self, job_id: str) -> str:
        job = self.store.jobs.find(job_id)
        assert job is not None
        return job.status

    def event_names(self, job_id: str) -> list[str]:
        return [event.name for event in self.store.jobs.events(job_id)]

    def lost(self, claim: Claim) -> bool:
        lease = next(lease for lease in self.store.leases.held() if lease.job_id == claim.job.id)
        return self.store.leases.release_lost(lease.job_id, lease.token, lease.beat)


def result(claim: Claim) -> Result:
    folder = f"jobs/{claim.job.id}/{claim.token}"
    return Result(
        key=f"{folder}/result.png",
        thumbnail_key=f"{folder}/thumbnail.webp",
        width=60,
        height=40,
        bytes=1234,
        seconds=5.5,
        backbone="vgg19",
    )
