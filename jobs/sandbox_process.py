"""Sanitizes uploaded pictures in a process that may fail without harm: `python -m jobs.sandbox_process`.

Requests come through stdin and answers go through stdout, each as four bytes
with the length of a JSON object, that object, and as many bytes as it says. The
limits for memory and time are arguments. The process ends when stdin is closed.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
from typing import IO, Any

from engine.errors import ImageError
from engine.imaging.sanitize import sanitize

_NICENESS = 5
"""Pages have priority over it, and it has priority over a painting that takes minutes."""
_FILES = 64


def main() -> int:
    """Answer requests until stdin is closed; return the exit status."""
    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _limit(memory_bytes)
    while (request := receive(requests)) is not None:
        bounds, data = request
        _limit_time(cpu_s)
        try:
            image = sanitize(data, **bounds)
        except ImageError as exc:
            send(answers, {"problem": str(exc), "code": exc.code}, b"")
        else:
            head: dict[str, Any] = {"suffix": image.suffix, "width": image.width, "height": image.height}
            if image.recipe:
                head["recipe"] = image.recipe.to_dict()
            send(answers, head, image.body)
    return 0


def send(stream: IO[bytes], head: dict[str, Any], body: bytes) -> None:
    """Write a JSON object and the bytes that belong to it."""
    text = json.dumps(head | {"bytes": len(body)}).encode()
    stream.write(struct.pack(">I", len(text)) + text)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read what `send` wrote; None if the other side has closed the stream."""
    prefix = stream.read(4)
    if len(prefix) < 4:
        return None
    head: dict[str, Any] = json.loads(stream.read(struct.unpack(">I", prefix)[0]))
    count = head.pop("bytes")
    body = stream.read(count)
    return (head, body) if len(body) == count else None


def _limit(memory_bytes: int) -> None:
    import resource  # noqa: PLC0415 -- missing on Windows, where the pages can be viewed all the same

    os.nice(_NICENESS)
    limits = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for name, limit in limits:
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit memory
            resource.setrlimit(name, (limit, limit))


def _limit_time(cpu_s: int) -> None:
    import resource  # noqa: PLC0415

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_s, resource.RLIM_INFINITY))


if __name__ == "__main__":
    sys.exit(main())
