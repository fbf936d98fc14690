"""A real studio for a test, started by the runner with its own Redis, workers, janitor and web."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import skimage.data
from PIL import Image

from jobs.settings import Settings
from runner.supervisor import READY
from tests.support import speed

ROOT = Path(__file__).resolve().parents[2]
READY_S = 120
STOP_S = 20
"""How long after a signal the runner may take to end all of its processes."""


_LIFTED = {"RATE_LIMITS": "off", "MAX_WAITING": "1000000", "MAX_WAITING_EACH": "1000000", "MIN_FREE_MB": "0"}
"""Tests make more requests than any visitor."""


@dataclass(frozen=True)
class Process:
    """A process of a studio, as /proc describes it."""

    pid: int
    parent: int
    command: str

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)


class Stack:
    """A studio with its own data folder and port.

    Args:
        data: its data folder.
        weights: VGG19's weights, which may be tiny; "" for those in the cache, if any.
        environ: further variables.
        program: what Python runs as the runner.

    Attributes:
        url: its address.
    """

    def __init__(
        self,
        data: Path,
        weights: Path | str,
        environ: Mapping[str, str] | None = None,
        *,
        program: Sequence[str] = ("-m", "runner"),
    ) -> None:
        self.data = data
        self._program = program
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._console = data.parent / f"{data.name}-{self.port}.out"
        # The settings of this machine's user must not have an effect.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._environ = kept | _LIFTED | {"VGG19_WEIGHTS": str(weights)} | dict(environ or {})
        if (server := os.environ.get("PASTICHE_TEST_DATABASE")) and "DATABASE_URL" not in self._environ:
            from tests.support.postgres import fresh_database  # noqa: PLC0415 -- which needs this module

            self._environ["DATABASE_URL"] = fresh_database(server)
        self._runner: subprocess.Popen[bytes] | None = None
        self._clients: list[Client] = []

    @property
    def database_url(self) -> str:
        """Where the studio's database is."""
        return Settings.from_env(self._environ | {"PASTICHE_DATA": str(self.data)}).database_url

    def launch(self, *options: str) -> subprocess.Popen[bytes]:
        """Start the runner without waiting for it."""
        python = [sys.executable, "-P", *self._program]
        with self._console.open("ab") as console:
            self._runner = subprocess.Popen(
                [*python, "--port", str(self.port), "--data", str(self.data), *options],
                cwd=ROOT,
                env=self._environ | speed.environ(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        return self._runner

    @property
    def output(self) -> list[str]:
        """What the runner has printed so far, including earlier starts."""
        return self._console.read_text().splitlines() if self._console.exists() else []

    def start(self) -> Stack:
        """Start the studio, and wait until it is ready."""
        first = len(self.output)
        runner = self.launch()
        until(
            lambda: any(line.startswith(READY) for line in self.output[first:]) or runner.poll() is not None,
            READY_S,
            "the studio to get ready",
        )
        if runner.poll() is not None:
            raise AssertionError("the studio never started:\n" + "\n".join(self.output[first:]))
        return self

    def stop(self, number: int = signal.SIGINT) -> float:
        """Stop the studio as Ctrl-C does; return the seconds until its runner had ended."""
        began = time.monotonic()
        if self._runner is not None:
            with contextlib.suppress(ProcessLookupError):
                self._runner.send_signal(number)
            self._collect(STOP_S + 10)
        return time.monotonic() - began

    def restart(self) -> Stack:
        """Stop everything and start it again."""
        self.stop()
        return self.start()

    def end(self) -> None:
        """End all processes, whatever has happened."""
        for client in self._clients:
            client.close()
        if self._runner is not None and self._runner.poll() is None:
            self.stop()
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def kill(self) -> None:
        """Kill the runner, and only the runner."""
        assert self._runner is not None
        self._runner.kill()
        self._collect(10)

    def processes(self) -> list[Process]:
        """List the processes of this studio, including orphans, but not the runner."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if not self._owns(folder):
                    continue
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
            except OSError:
                continue  # it ended meanwhile
            if state != "Z":
                found.append(Process(int(folder.name), int(parent), command.strip()))
        return found

    def _owns(self, folder: Path) -> bool:
        # All have the data folder in their environment, but Redis overwrites it; its working folder is there.
        mark = f"PASTICHE_DATA={self.data}".encode()
        return mark in (folder / "environ").read_bytes().split(b"\0") or (
            (folder / "cwd").readlink().is_relative_to(self.data)
        )

    def send_signal(self, number: int) -> None:
        """Send a signal to the runner alone."""
        assert self._runner is not None
        self._runner.send_signal(number)

    def process(self, name: str) -> Process:
        """Return the process named redis, web, worker, drafter or janitor that the runner has started."""
        words = {"redis": "-server", "web": "gunicorn", "janitor": "jobs.janitor"}
        words |= {"worker": "--queues long", "drafter": "--queues quick"}
        assert self._runner is not None
        matches = [
            process
            for process in self.processes()
            if words[name] in process.command and process.parent == self._runner.pid
        ]
        assert len(matches) == 1, f"{name}: {matches}"
        return matches[0]

    def painter(self) -> Process:
        """Return the worker's child, in which TensorFlow runs."""
        main = self.process("worker").pid
        return next(process for process in self.processes() if process.parent == main)

    def log(self, name: str) -> str:
        """Return what one of the processes has written."""
        return (self.data / "log" / f"{name}.log").read_text(errors="replace")

    def client(self) -> Client:
        """Return a new visitor, whose session is closed with the studio."""
        self._clients.append(Client(self.url))
        return self._clients[-1]

    def _collect(self, limit_s: float) -> None:
        assert self._runner is not None
        try:
            self._runner.wait(limit_s)
        except subprocess.TimeoutExpired:
            self._runner.kill()
            self._runner.wait()
            raise


class Client:
    """A visitor without a browser, who keeps the cookie and sends the form's CSRF token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._session.get(self.url + path, timeout=30, **options)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> requests.Response:
        """Send a form as the page at / would, with its hidden fields."""
        fields = self.hidden_fields() | dict(data or {})
        return self._session.post(self.url + path, data=fields, timeout=60, allow_redirects=False, **options)

    def cookie(self) -> Any:
        """Return the visitor's cookie, with which a browser can continue as this visitor."""
        self.get("/")
        return next(cookie for cookie in self._session.cookies if cookie.name == "pastiche")

    def hidden_fields(self, path: str = "/") -> dict[str, str]:
        page = self.get(path).text
        found = (re.findall(r'(\w+)="([^"]*)"', tag) for tag in re.findall(r"<input[^>]+hidden[^>]*>", page))
        inputs = [dict(attributes) for attributes in found]
        return {item["name"]: item.get("value", "") for item in inputs if "name" in item}

    def order(self, photo: bytes, style: bytes, **choices: Any) -> str:
        """Order a painting; return the path of its page."""
        files = {"photo": ("photo.png", photo), "style": ("style.png", style)}
        answer = self.post("/paintings", choices, files=files)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].removeprefix(self.url)

    def status(self, painting: str) -> dict[str, Any]:
        answer = self.get(f"{painting}/status")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_for(self, painting: str, *states: str, limit_s: float = 120) -> dict[str, Any]:
        """Wait until a painting is in one of some states; return its status then."""
        seen: dict[str, Any] = {}

        def arrived() -> bool:
            seen.update(self.status(painting))
            return seen["status"] in states or (seen["status"] == "failed" and "failed" not in states)

        until(arrived, limit_s, f"the painting to be {' or '.join(states)}", seen)
        assert seen["status"] in states, seen
        return seen

    def gallery(self) -> list[str]:
        """Return the paths of the paintings in the gallery, in its order."""
        found = re.findall(r'href="(?:https?://[^/"]+)?(/paintings/[0-9a-f]{32})"', self.get("/gallery").text)
        return list(dict.fromkeys(found))

    def download(self, painting: str) -> bytes:
        """Return the finished picture as PNG."""
        answer = self.get(f"/files{painting}/download.png")
        assert answer.status_code == 200
        return answer.content


@contextlib.contextmanager
def studio(data: Path, weights: Path | str, environ: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Run a studio for the length of a block."""
    stack = Stack(data, weights, environ)
    try:
        yield stack.start()
    finally:
        stack.end()


def until(holds: Callable[[], object], limit_s: float, what: str, state: object = None) -> None:
    """Wait until something holds; fail with what was waited for."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            seen = f"; last seen: {state}" if state else ""
            raise AssertionError(f"waited {limit_s:g} s for {what}{seen}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Return whether something on this machine listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def photo(name: str = "chelsea", longer_side: int = 320) -> bytes:
    """Return one of scikit-image's public-domain photographs (chelsea, astronaut, coffee) as PNG."""
    picture = Image.fromarray(getattr(skimage.data, name)())
    picture.thumbnail((longer_side, longer_side))
    out = io.BytesIO()
    picture.save(out, "png")
    return out.getvalue()
