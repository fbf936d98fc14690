"""Response times of a running studio: stops, moved sliders, drafts during a painting, orders without Redis.

    python -m benchmarks.latency --rounds 20

Starts a studio in a temporary folder, with paintings of 512 px, and calls its API over
HTTP. Leave the machine alone while it runs.
"""

from __future__ import annotations

import argparse
import math
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import requests

from benchmarks import bench
from jobs.job import Job, Status
from jobs.live import Live
from jobs.store import JobStore
from tests.support.stack import Stack, photo, studio, until

LIMIT_S = 120.0
_STEPS_TO_SHOW = 2
"""Steps after which a preview shows the effect of a moved slider."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each measurement (default 20)")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument(
        "--network", choices=("vgg19", "compact"), default="vgg19", help="the network that paints"
    )
    parser.add_argument(
        "--no-drafts", action="store_true", help="skip the drafts, if their network is missing"
    )
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="pastiche-latency-", ignore_cleanup_errors=True) as folder,
        studio(Path(folder) / "data", bench.weights() if args.network == "vgg19" else "") as stack,
    ):
        visitor = _Visitor(stack, args.size, args.network)
        drafts = 0 if args.no_drafts else args.rounds
        if drafts:
            visitor.draft(
                2 * drafts, painting=False
            )  # waits for the networks, which the studio loads at its start
        idle = _times("drafts on an idle machine", drafts, lambda n: visitor.draft(n, painting=False))
        busy = _times("drafts during a painting", drafts, lambda n: visitor.draft(drafts + n, painting=True))
        moved = _times("moved sliders", args.rounds, visitor.move_slider)
        steps: list[int] = []
        stops = _times("stops", args.rounds, lambda _: visitor.stop(steps))
        frozen = _times(
            "orders while Redis is frozen", args.rounds // 2, lambda _: visitor.order_without_redis()
        )
        bench.keep(
            f"latency-{args.network}",
            {
                "size": args.size,
                "rounds": args.rounds,
                "draft_idle_s": summary(idle) if idle else None,
                "draft_while_painting_s": summary(busy) if busy else None,
                "slider_shown_s": summary(moved),
                "order_while_redis_is_frozen_s": summary(frozen),
                "stop_s": summary(stops),
                "most_steps_after_stop": max(steps),
            },
        )


def _times(name: str, rounds: int, act: Callable[[int], float]) -> list[float]:
    seconds = [act(number) for number in range(rounds)]
    print(name, *(f"{value:.2f}" for value in seconds), flush=True)
    return seconds


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the longest."""
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return {
        "median": round(statistics.median(ordered), 2),
        "p95": round(p95, 2),
        "longest": round(ordered[-1], 2),
    }


class _Visitor:
    """Calls the API, and times the answers."""

    def __init__(self, stack: Stack, size: int, network: str) -> None:
        self._stack, self._network = stack, network
        self._url, self._size = f"{stack.url}/api/v1", size
        key = requests.post(f"{self._url}/keys", timeout=10).json()["key"]
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"
        self._store = JobStore.open(stack.database_url)
        self._live = Live.open(_redis_url(stack.data))
        self._photo = self._upload(photo("chelsea", 2000), "content")
        self._style = self._upload(photo("coffee", 1000), "style")
        self._job: str | None = None

    def draft(self, number: int, *, painting: bool) -> float:
        """Return the seconds until a draft that is not cached is ready."""
        if painting:
            self._painting()
        request = {
            "content": self._photo,
            "styles": [{"id": self._style}],
            "strength": 100 - number,
        }
        began = time.monotonic()
        url = self._url + f"/drafts/{self._call('post', '/drafts', request)['id']}"
        self._wait(lambda: self._session.get(url, timeout=10).status_code == requests.codes.ok)
        return time.monotonic() - began

    def move_slider(self, number: int) -> float:
        """Return the seconds until the picture shows the effect of a moved slider."""
        job_id = self._painting()
        before = self._step(job_id)
        began = time.monotonic()
        self._call("patch", f"/paintings/{job_id}", {"recipe": {"strength": 30 + number % 2 * 40}})
        self._wait(lambda: self._shown(job_id) >= before + _STEPS_TO_SHOW)
        return time.monotonic() - began

    def stop(self, steps: list[int]) -> float:
        """Return the seconds until a painting has stopped; append the steps that it still took to a list."""
        job_id = self._painting()
        before = self._step(job_id)
        began = time.monotonic()
        self._call("post", f"/paintings/{job_id}/stop", {})
        self._wait(lambda: self._read_job(job_id).status is Status.STOPPED)
        seconds = time.monotonic() - began
        self._job = None
        steps.append(self._step(job_id) - before)
        return seconds

    def order_without_redis(self) -> float:
        """Return the seconds until an order is accepted while Redis does not answer."""
        order = {"photo": self._photo, "styles": [self._style], "recipe": {"size": 64, "max_steps": 1}}
        redis = self._stack.process("redis")
        redis.kill(signal.SIGSTOP)
        try:
            began = time.monotonic()
            self._call("post", "/paintings", order)
            return time.monotonic() - began
        finally:
            redis.kill(signal.SIGCONT)

    def _painting(self) -> str:
        """Return a painting that has started and is far from its end."""
        if self._job is None or self._read_job(self._job).progress > 0.7:
            recipe = {"size": self._size, "scales": 1, "max_steps": 1000, "backbone": self._network}
            order = {"photo": self._photo, "styles": [self._style], "recipe": recipe}
            job_id = self._job = self._call("post", "/paintings", order)["id"]
            self._wait(lambda: self._shown(job_id) >= _STEPS_TO_SHOW)
        return self._job

    def _shown(self, job_id: str) -> int:
        progress = self._live.progress(job_id)
        return progress.step if progress else 0

    def _step(self, job_id: str) -> int:
        return self._read_job(job_id).step

    def _read_job(self, job_id: str) -> Job:
        job = self._store.jobs.find(job_id)
        assert job is not None
        return job

    def _upload(self, data: bytes, role: str) -> str:
        answer = self._session.post(
            f"{self._url}/uploads", {"role": role}, files={"file": ("picture.png", data)}, timeout=60
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def _call(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self._session.request(method, self._url + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def _wait(self, holds: Callable[[], object]) -> None:
        until(holds, LIMIT_S, "the studio to answer")


def _redis_url(data: Path) -> str:
    config = (data / "redis" / "redis.conf").read_text()
    words = dict(line.split(" ", 1) for line in config.splitlines() if " " in line)
    return f"redis://:{words['requirepass']}@127.0.0.1:{words['port']}/0"


if __name__ == "__main__":
    main()
