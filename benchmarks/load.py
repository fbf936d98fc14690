"""Load on a painting studio: viewers, uploads, slow clients; `python -m benchmarks.load URL --minutes 10`.

The studio must run with RATE_LIMITS=off and be otherwise idle. A painting is timed
in alternation without viewers, with viewers, and with viewers and an upload every
second; the exit status is 0 if the figures keep the bounds in docs/operations.md.
With --slow, the only measurement is whether pages answer within a second during forty
slow uploads, which needs a buffering proxy.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import requests
from PIL import Image

BOUNDS = {"slower": 1.10, "slower_with_uploads": 1.20, "p95_ms": 100, "p99_ms": 300, "drift": 0.05}
_POLL_S = 0.7
_SPREAD = 0.9, 1.1


@dataclass
class Answers:
    """The answers that all viewers received."""

    status_ms: list[float] = field(default_factory=list)
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, code: int) -> None:
        """Count one answer."""
        with self.lock:
            self.status_ms.append(1000 * seconds)
            self.broken += code >= 500


class Visitor:
    """A client that acts like a browser."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        page = self.session.get(url, timeout=30).text
        field = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if field is None:
            raise SystemExit(f"{url} is not the Paint page of a studio.")
        self.token = field[1]

    def order(self, size: int, steps: int, strength: int) -> str:
        """Order a painting through the form; return its address."""
        files = {"photo": ("photo.jpg", photo(1.0)), "style": ("style.jpg", photo(0.4, seed=2))}
        choices = {"size": size, "scales": 1, "max_steps": steps, "optimizer": "adam", "strength": strength}
        answer = self.session.post(
            f"{self.url}/paintings",
            data={"csrf_token": self.token} | choices,
            files=files,
            timeout=120,
            allow_redirects=False,
        )
        if answer.status_code != 303:
            raise SystemExit(f"the order was answered with {answer.status_code}")
        return self.url + urlsplit(answer.headers["Location"]).path

    def finish(self, painting: str) -> float:
        """Wait for a painting to finish; return the seconds that painting took."""
        began = None
        while True:
            status = self.session.get(f"{painting}/status", timeout=30).json()["status"]
            if status == "painting" and began is None:
                began = time.monotonic()
            if status not in ("queued", "painting"):
                return time.monotonic() - (began or time.monotonic())
            time.sleep(0.2)

    def watch(self, painting: str, seen: Answers, stop: threading.Event) -> None:
        """Poll like the script of a painting's page."""
        etag, version, wait_s = "", "", random.uniform(0, 5)  # viewers do not all arrive at once
        while not stop.wait(wait_s * random.uniform(*_SPREAD)):
            began = time.monotonic()
            answer = self.session.get(f"{painting}/status", headers={"If-None-Match": etag}, timeout=30)
            seen.add(time.monotonic() - began, answer.status_code)
            etag = answer.headers.get("ETag", "")
            if answer.status_code != 200:
                continue
            state = answer.json()
            wait_s = state["poll_ms"] / 1000 or _POLL_S
            if state["version"] != version:
                version = state["version"]
                self.session.get(self.url + state["preview"], timeout=30)

    def upload(self, seen: Answers, stop: threading.Event) -> None:
        """Upload a picture of two megapixels every second."""
        picture = photo(2.0)
        while not stop.wait(1):
            data = {"role": "content", "csrf_token": self.token}
            answer = self.session.post(
                f"{self.url}/uploads", data=data, files={"file": ("a.jpg", picture)}, timeout=60
            )
            seen.broken += answer.status_code >= 500


def photo(megapixels: float, seed: int = 1) -> bytes:
    """Return a JPEG with the size of a camera's."""
    width, height = int((megapixels * 1.5e6) ** 0.5), int((megapixels / 1.5 * 1e6) ** 0.5)
    noise = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


@dataclass
class Load:
    """One level of load, and the measurements under it."""

    viewers: int
    uploads: bool
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seen: Answers = field(default_factory=Answers)

    def paint(self, url: str, options: argparse.Namespace) -> None:
        """Order a painting, and time it while the viewers watch."""
        owner, stop = Visitor(url), threading.Event()
        painting = owner.order(options.size, options.steps, strength=40 + len(self.seconds) % 40)
        activities: list[Callable[[], None]] = [
            partial(watch_as_owner, owner, painting, self.seen, stop)
        ] * self.viewers
        activities += [partial(upload_as_stranger, url, self.seen, stop)] if self.uploads else []
        threads = [threading.Thread(target=activity, daemon=True) for activity in activities]
        for thread in threads:
            thread.start()
        self.seconds.append(owner.finish(painting))
        stop.set()
        for thread in threads:
            thread.join(60)
        if options.pid:
            self.memory.append(memory_bytes(options.pid))

    def report(self, alone: Load) -> dict[str, Any]:
        """Return the figures; `slower` compares with the unwatched painting before."""
        ranked = sorted(self.seen.status_ms) or [0.0]
        ratios = [loaded / unloaded for loaded, unloaded in zip(self.seconds, alone.seconds, strict=True)]
        return {
            "paintings": len(self.seconds),
            "seconds": self.seconds,
            "slower": statistics.median(ratios),
            "requests": len(self.seen.status_ms),
            "p95_ms": ranked[int(0.95 * (len(ranked) - 1))],
            "p99_ms": ranked[int(0.99 * (len(ranked) - 1))],
            "broken": self.seen.broken,
            "memory": self.memory,
        }


def watch_as_owner(owner: Visitor, painting: str, seen: Answers, stop: threading.Event) -> None:
    """Watch from another window of the owner: the same cookie, another connection."""
    window = Visitor.__new__(Visitor)
    window.url, window.token, window.session = owner.url, owner.token, requests.Session()
    window.session.cookies.update(owner.session.cookies)
    window.watch(painting, seen, stop)


def upload_as_stranger(url: str, seen: Answers, stop: threading.Event) -> None:
    """Upload as a new visitor."""
    Visitor(url).upload(seen, stop)


def slow_uploads(url: str, count: int = 40, duration_s: float = 20) -> float:
    """Return the longest time of a page, in seconds, while some clients upload byte by byte."""
    address = urlsplit(url)
    head = (
        f"POST /uploads HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 2000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()
    sockets = [socket.create_connection((address.hostname, address.port or 80)) for _ in range(count)]
    for connection in sockets:
        connection.sendall(head)
    longest, end = 0.0, time.monotonic() + duration_s
    while time.monotonic() < end:
        for connection in sockets:
            connection.sendall(b"-")
        began = time.monotonic()
        requests.get(f"{url}/gallery", timeout=60)
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.2)
    for connection in sockets:
        connection.close()
    return longest


def memory_bytes(pid: int) -> int:
    """Return the resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(
        int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in [str(pid), *children]
    )
    return pages * 4096


def _growth(memory: list[int]) -> dict[str, float]:
    """Return the relative growth: over the whole run, and over its last third."""
    if not memory:
        return {}
    return {
        "whole": memory[-1] / memory[0] - 1,
        "last_third": memory[-1] / memory[2 * len(memory) // 3] - 1,
    }


def _in_order(loads: dict[str, Load]) -> list[int]:
    rounds = zip(*(load.memory for load in loads.values()), strict=True)
    return [value for round_ in rounds for value in round_]


def alternate(minutes: float, url: str, options: argparse.Namespace) -> dict[str, Load]:
    """Paint in alternation without viewers, with viewers, and with uploads as well.

    So if the machine slows down, all three are affected alike.
    """
    loads = {
        "alone": Load(0, False),
        "watched": Load(options.viewers, False),
        "with uploads": Load(options.viewers, True),
    }
    deadline = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline:
        for load in loads.values():
            load.paint(url, options)
    return loads


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--warm-up", type=float, default=3, help="minutes of warm-up, to fill the caches (default 3)"
    )
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--pid", type=int, help="process id of gunicorn, to measure the growth of its memory")
    parser.add_argument("--slow", action="store_true", help="measure the slow uploads only")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    url = options.url.rstrip("/")
    if options.slow:
        longest = slow_uploads(url)
        print(f"the slowest page took {longest:.2f} s during 40 slow uploads")
        return 0 if longest <= 1 else 1
    warming = alternate(options.warm_up, url, options)
    loads = alternate(options.minutes, url, options)
    report: dict[str, Any] = {name: load.report(loads["alone"]) for name, load in loads.items()}
    report["memory_warming_up"] = _in_order(warming)
    report["growth"] = _growth(_in_order(loads))
    print(json.dumps(report, indent=1))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")
    under_load = report["watched"], report["with uploads"]
    within_bounds = (
        under_load[0]["slower"] <= BOUNDS["slower"]
        and under_load[1]["slower"] <= BOUNDS["slower_with_uploads"]
        and all(figures[name] <= BOUNDS[name] for figures in under_load for name in ("p95_ms", "p99_ms"))
        and report["growth"].get("whole", 0) <= BOUNDS["drift"]
        and not any(figures["broken"] for figures in under_load)
    )
    return 0 if within_bounds else 1


if __name__ == "__main__":
    sys.exit(main())
