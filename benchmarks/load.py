"""Load on a studio that paints: viewers, uploads, slow senders; `python -m benchmarks.load URL --minutes 10`.

The studio must run with RATE_LIMITS=off and have nothing else to do. A painting
is timed without viewers, with them, and with an upload a second besides, in
turns; what is printed and written is compared with the bounds that stand in
docs/operations.md. With --slow it is asked only whether pages answer within a
second while forty uploads come in slowly, which needs a proxy that buffers.
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
class Seen:
    """What all viewers have seen."""

    status_ms: list[float] = field(default_factory=list)
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float, code: int) -> None:
        """Count one answer."""
        with self.lock:
            self.status_ms.append(1000 * seconds)
            self.broken += code >= 500


class Visitor:
    """A browser without a screen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        page = self.session.get(url, timeout=30).text
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

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
        """Wait for a painting; return the seconds that it was painted for."""
        began = None
        while True:
            status = self.session.get(f"{painting}/status", timeout=30).json()["status"]
            if status == "painting" and began is None:
                began = time.monotonic()
            if status not in ("queued", "painting"):
                return time.monotonic() - (began or time.monotonic())
            time.sleep(0.2)

    def look(self, painting: str, seen: Seen, stop: threading.Event) -> None:
        """Do what the script of a painting's page does."""
        etag, version, wait_s = "", "", random.uniform(0, 5)  # nobody comes at the same moment as all others
        while not stop.wait(wait_s * random.uniform(*_SPREAD)):
            began = time.monotonic()
            answer = self.session.get(f"{painting}/status", headers={"If-None-Match": etag}, timeout=30)
            seen.note(time.monotonic() - began, answer.status_code)
            etag = answer.headers.get("ETag", "")
            if answer.status_code != 200:
                continue
            state = answer.json()
            wait_s = state["poll_ms"] / 1000 or _POLL_S
            if state["version"] != version:
                version = state["version"]
                self.session.get(self.url + state["preview"], timeout=30)

    def send(self, seen: Seen, stop: threading.Event) -> None:
        """Upload two megapixels a second."""
        picture = photo(2.0)
        while not stop.wait(1):
            data = {"role": "content", "csrf_token": self.token}
            answer = self.session.post(
                f"{self.url}/uploads", data=data, files={"file": ("a.jpg", picture)}, timeout=60
            )
            seen.broken += answer.status_code >= 500


def photo(megapixels: float, seed: int = 1) -> bytes:
    """Return a JPEG as a camera might have made it."""
    width, height = int((megapixels * 1.5e6) ** 0.5), int((megapixels / 1.5 * 1e6) ** 0.5)
    noise = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


@dataclass
class Kind:
    """One kind of load, and what paintings and viewers saw under it."""

    viewers: int
    uploads: bool
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)

    def paint(self, url: str, options: argparse.Namespace) -> None:
        """Paint the picture once while so many look on."""
        owner, stop = Visitor(url), threading.Event()
        painting = owner.order(options.size, options.steps, strength=40 + len(self.seconds) % 40)
        acts: list[Callable[[], None]] = [
            partial(owner_look, owner, painting, self.seen, stop)
        ] * self.viewers
        acts += [partial(send_as_stranger, url, self.seen, stop)] if self.uploads else []
        threads = [threading.Thread(target=act, daemon=True) for act in acts]
        for thread in threads:
            thread.start()
        self.seconds.append(owner.finish(painting))
        stop.set()
        for thread in threads:
            thread.join(60)
        if options.pid:
            self.memory.append(memory_bytes(options.pid))

    def report(self, alone: Kind) -> dict[str, Any]:
        """Return its figures; slower is against the painting before it, which nobody watched."""
        ranked = sorted(self.seen.status_ms) or [0.0]
        ratios = [mine / theirs for mine, theirs in zip(self.seconds, alone.seconds, strict=True)]
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


def owner_look(owner: Visitor, painting: str, seen: Seen, stop: threading.Event) -> None:
    """Look on in another window of the owner's: the same cookie, a connection of its own."""
    window = Visitor.__new__(Visitor)
    window.url, window.token, window.session = owner.url, owner.token, requests.Session()
    window.session.cookies.update(owner.session.cookies)
    window.look(painting, seen, stop)


def send_as_stranger(url: str, seen: Seen, stop: threading.Event) -> None:
    """Upload as a visitor of one's own."""
    Visitor(url).send(seen, stop)


def slow_senders(url: str, count: int = 40, lasting_s: float = 20) -> float:
    """Return the longest that a page took while so many sent uploads byte by byte."""
    address = urlsplit(url)
    head = (
        f"POST /uploads HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 2000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()
    sockets = [socket.create_connection((address.hostname, address.port or 80)) for _ in range(count)]
    for one in sockets:
        one.sendall(head)
    longest, end = 0.0, time.monotonic() + lasting_s
    while time.monotonic() < end:
        for one in sockets:
            one.sendall(b"-")
        began = time.monotonic()
        requests.get(f"{url}/gallery", timeout=60)
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.2)
    for one in sockets:
        one.close()
    return longest


def memory_bytes(pid: int) -> int:
    """Return what a process and its children hold."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in [str(pid), *children])
    return pages * 4096


def _growth(memory: list[int]) -> dict[str, float]:
    """Return by what share it grew: in all, and in the last third."""
    if not memory:
        return {}
    return {
        "whole": memory[-1] / memory[0] - 1,
        "last_third": memory[-1] / memory[2 * len(memory) // 3] - 1,
    }


def _in_order(kinds: dict[str, Kind]) -> list[int]:
    turns = zip(*(kind.memory for kind in kinds.values()), strict=True)
    return [each for turn in turns for each in turn]


def in_turns(minutes: float, url: str, options: argparse.Namespace) -> dict[str, Kind]:
    """Paint in turns with nobody looking, with viewers, and with uploads besides.

    In turns, so that a machine that becomes slower does so for all.
    """
    kinds = {
        "alone": Kind(0, False),
        "watched": Kind(options.viewers, False),
        "with uploads": Kind(options.viewers, True),
    }
    deadline = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline:
        for kind in kinds.values():
            kind.paint(url, options)
    return kinds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--warm-up", type=float, default=3, help="minutes before, in which the caches fill (default 3)"
    )
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--pid", type=int, help="of gunicorn, to see whether its memory grows")
    parser.add_argument("--slow", action="store_true", help="only the slow uploads")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    url = options.url.rstrip("/")
    if options.slow:
        longest = slow_senders(url)
        print(f"the slowest page took {longest:.2f} s beside 40 slow uploads")
        return 0 if longest <= 1 else 1
    warming = in_turns(options.warm_up, url, options)
    kinds = in_turns(options.minutes, url, options)
    report: dict[str, Any] = {name: kind.report(kinds["alone"]) for name, kind in kinds.items()}
    report["memory_warming_up"] = _in_order(warming)
    report["growth"] = _growth(_in_order(kinds))
    print(json.dumps(report, indent=1))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")
    loaded = report["watched"], report["with uploads"]
    held = (
        loaded[0]["slower"] <= BOUNDS["slower"]
        and loaded[1]["slower"] <= BOUNDS["slower_with_uploads"]
        and all(found[name] <= BOUNDS[name] for found in loaded for name in ("p95_ms", "p99_ms"))
        and report["growth"].get("whole", 0) <= BOUNDS["drift"]
        and not any(found["broken"] for found in loaded)
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
