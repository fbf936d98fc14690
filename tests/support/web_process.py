"""The web alone, as a real process on a database and a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

from jobs.store import migrate
from tests.support.stack import ROOT, free_port, until

_GUNICORN = ("gunicorn", "--worker-class", "gthread", "--workers", "1", "--no-control-socket")


class WebProcess:
    """gunicorn with one worker, as the runner starts it; no Redis and no painter.

    Attributes:
        url: its address.
    """

    def __init__(self, data: Path, environ: Mapping[str, str] | None = None, threads: int = 32) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._data = data
        self._log = data / "web.log"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        away = {"PASTICHE_DATA": str(data), "REDIS_URL": f"unix://{data}/no.sock"}
        self._environ = kept | away | dict(environ or {})
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WebProcess:
        self._data.mkdir(parents=True, exist_ok=True)
        migrate(self._environ.get("DATABASE_URL") or f"sqlite:///{self._data / 'pastiche.db'}")
        options = ("--threads", str(self._threads), "--bind", f"127.0.0.1:{self.port}")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *_GUNICORN, *options, "app.wsgi:app"],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            until(self._answers, 90, "the web to answer")
        except BaseException:
            self.stop()
            raise
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def worker(self) -> int:
        """Return the number of the process that answers."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return int(children.read_text().split()[0])

    def peak_mb(self) -> float:
        """Return the most memory that it has held so far."""
        status = Path(f"/proc/{self.worker()}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def kept(self) -> list[bytes]:
        """Return every picture that it keeps."""
        uploads = self._data / "media" / "uploads"
        return [path.read_bytes() for path in uploads.rglob("*") if path.is_file()]

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def __enter__(self) -> WebProcess:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
