"""A real worker and a real janitor on a real Redis, without the web."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from engine.imaging import images
from engine.recipe import Recipe
from jobs.job import Job, Order, Queue
from jobs.live import Live
from jobs.media import Media
from jobs.queue import TaskQueue
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from tests.support import speed
from tests.support.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]
LONG = Recipe(size=256, scales=1, max_steps=10_000, precision="float32")
"""As long as a painting can be made with little work: it lasts until it is stopped, on any machine."""
SHORT = Recipe(size=64, scales=1, max_steps=10, precision="float32")


class Workshop:
    """Processes on one data folder; `close` ends them."""

    def __init__(self, folder: Path, weights: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.redis = RedisServer(folder).start()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._environ = kept | {
            "PASTICHE_DATA": str(folder),
            "REDIS_URL": self.redis.url,
            "VGG19_WEIGHTS": str(weights),
            **speed.environ(),
        }
        self.settings = Settings.from_env(self._environ)
        self.store = JobStore.open(self.settings.database_url, migrate=True)
        self.media = Media.open(self.settings.media_url)
        self.live = Live.open(self.redis.url)
        self.queue = TaskQueue(self.settings)
        self.log = folder / "processes.log"
        self._started: list[subprocess.Popen[bytes]] = []
        self._orders = 0

    def janitor(self) -> subprocess.Popen[bytes]:
        return self._start("-m", "jobs.janitor")

    def worker(self, queue: Queue = Queue.LONG) -> subprocess.Popen[bytes]:
        celery = ("celery", "-A", "worker.celery_app", "worker", "--pool", "prefork", "--concurrency", "1")
        name = f"{queue}-{len(self._started)}@test"
        return self._start(
            "-m", *celery, "--queues", queue, "-n", name, "--without-mingle", "--without-gossip"
        )

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End all processes."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.queue.close()
        self.live.close()
        self.store.close()
        self.redis.stop()

    def submit(self, recipe: Recipe = SHORT, owner: str = "ada") -> Job:
        """Order a painting as the web does: the row first, then the call."""
        self._orders += 1
        pictures = [
            self._upload(owner, role, size) for role, size in (("content", (96, 128)), ("style", (80, 80)))
        ]
        job = self.store.jobs.submit(
            Order(
                owner=owner,
                content_id=pictures[0],
                style_ids=(pictures[1],),
                recipe=recipe,
                title="",
                token=str(self._orders),
            )
        )
        self.queue.wake()
        return job

    def _upload(self, owner: str, role: str, size: tuple[int, int]) -> str:
        rgb = np.random.default_rng(7).random((*size, 3), dtype=np.float32)
        data = images.encode(rgb, "png")
        return stage(
            self.store, self.media, data, owner=owner, role=role, name=f"{role}.png",
            width=size[1], height=size[0], suffix=".png", expiry_s=9999,
        ).id  # fmt: skip

    def job(self, job: Job) -> Job:
        found = self.store.jobs.find(job.id)
        assert found is not None
        return found

    def wait(
        self, job: Job, *states: str, step: int = 0, checkpoint: bool = False, limit_s: float = 90
    ) -> float:
        """Wait until a job is in one of some states, and that far; return how many seconds it took."""
        began = time.monotonic()
        while True:
            now = self.job(job)
            if now.status in states and now.step >= step and (now.checkpoint_key or not checkpoint):
                return time.monotonic() - began
            seen = f"{now.status} at step {now.step}, {now.reason}"
            assert time.monotonic() - began < limit_s, f"waited {limit_s} s; {seen}\n{self.tail()}"
            time.sleep(0.05)

    def tail(self) -> str:
        """Return the last lines that the processes logged."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def event_names(self, job: Job) -> list[str]:
        return [event.name for event in self.store.jobs.events(job.id)]
