"""Decodes and sanitizes uploaded pictures in a few helper processes with limited memory and time.

A picture that makes a decoder misbehave ends that process and nothing else, and
a new one takes its place. `jobs.sandbox_process` describes the limits.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import structlog

from engine.errors import ImageError, PasticheError
from engine.imaging.sanitize import SanitizedImage
from engine.recipe import Recipe
from jobs.sandbox_process import receive, send

MEMORY_BYTES = 512 * 2**20
"""The memory of a helper besides the pixels: the interpreter, the decoders and the files."""
BYTES_PER_PIXEL = 24
"""One and a half times the most that the decoders were seen to need for a pixel."""
CPU_S = 20
WALL_S = 60.0
WAIT_S = 20.0

_ROOT = Path(__file__).resolve().parents[1]
_log = structlog.get_logger(__name__)


class BusyError(PasticheError):
    """Too many pictures are being read; another would wait for too long."""

    code = "busy"


class _Helper:
    """One process that reads pictures; started when it is first needed."""

    def __init__(self, memory_bytes: int, cpu_s: int) -> None:
        self._command = [sys.executable, "-m", "jobs.sandbox_process", str(memory_bytes), str(cpu_s)]
        self._process: subprocess.Popen[bytes] | None = None

    def sanitize(self, data: bytes, bounds: dict[str, int], wall_s: float) -> SanitizedImage:
        process = self._process
        if process is None or process.poll() is not None:
            # A helper that was killed while idle is not this picture's fault.
            self._end()
            process = self._start()
        timer = threading.Timer(wall_s, process.kill)
        timer.start()
        try:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("a helper has no pipes")
            send(process.stdin, dict(bounds), data)
            answer = receive(process.stdout)
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            _log.warning("a picture ended its decoder", bytes=len(data), status=self._end())
            raise ImageError(
                "It takes too much time or memory to read; export it again as JPEG.",
                code="decoder-limits",
            )
        head, body = answer
        if "problem" in head:
            raise ImageError(head["problem"], code=head["code"])
        recipe = head.pop("recipe", None)
        return SanitizedImage(body, **head, recipe=recipe and Recipe.from_dict(recipe))

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            self._command,
            cwd=_ROOT,
            # It gets nothing from the studio's environment, which holds secrets.
            env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return process.wait()

    def close(self) -> None:
        self._end()


class Sandbox:
    """A few helper processes that sanitize pictures; safe to share between threads.

    Args:
        helpers: how many pictures are read at once.
        max_pixels: larger pictures are refused.
        cpu_s: the processor time that one picture may take.
        wall_s: how long one picture may take in all.
        wait_s: how long a picture may wait for a helper.
    """

    def __init__(
        self,
        *,
        helpers: int = 2,
        max_pixels: int,
        cpu_s: int = CPU_S,
        wall_s: float = WALL_S,
        wait_s: float = WAIT_S,
    ) -> None:
        self._max_pixels = max_pixels
        self._wall_s = wall_s
        self._wait_s = wait_s
        memory_bytes = MEMORY_BYTES + BYTES_PER_PIXEL * max_pixels
        self._helpers = [_Helper(memory_bytes, cpu_s) for _ in range(helpers)]
        # Last in, first out: the helper that was used last has everything loaded.
        self._idle: queue.LifoQueue[_Helper] = queue.LifoQueue()
        for helper in self._helpers:
            self._idle.put(helper)

    def sanitize(self, data: bytes, *, min_side: int, max_side: int, sufficient_side: int) -> SanitizedImage:
        """Decode a picture and encode it again; the bounds are those of `engine.imaging.sanitize.sanitize`.

        Raises:
            ImageError: it is not a picture that is accepted.
            BusyError: no helper was free in time.
        """
        bounds = {"max_pixels": self._max_pixels, "min_side": min_side}
        bounds |= {"max_side": max_side, "sufficient_side": sufficient_side}
        with self._helper() as helper:
            return helper.sanitize(data, bounds, self._wall_s)

    @contextlib.contextmanager
    def _helper(self) -> Iterator[_Helper]:
        try:
            helper = self._idle.get(timeout=self._wait_s)
        except queue.Empty:
            raise BusyError("Many pictures are being read at the moment.") from None
        try:
            yield helper
        finally:
            self._idle.put(helper)

    def close(self) -> None:
        """End the helpers; the next picture starts them again."""
        for helper in self._helpers:
            helper.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
