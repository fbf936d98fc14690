"""Reads strangers' pictures in a process of its own, which may fail alone: `python -m jobs.sandbox_process`.

It is asked through stdin and answers through stdout: four bytes with the
length of a JSON object, that object, and as many bytes as it says. It takes
no more memory, time or files than it was given when it was started, and ends
with whoever asked.
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
"""Whoever looks at a page goes before, and the picture that takes minutes goes after."""
_FILES = 64


def main() -> int:
    """Answer until there is nothing more to read."""
    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    _limit(memory_bytes)
    while (asked := receive(questions)) is not None:
        bounds, data = asked
        _limit_time(cpu_s)
        try:
            made = sanitize(data, **bounds)
        except ImageError as exc:
            send(answers, {"problem": str(exc), "code": exc.code}, b"")
        else:
            shown: dict[str, Any] = {"suffix": made.suffix, "width": made.width, "height": made.height}
            if made.recipe:
                shown["recipe"] = made.recipe.to_dict()
            send(answers, shown, made.body)
    return 0


def send(stream: IO[bytes], head: dict[str, Any], body: bytes) -> None:
    """Write an object and the bytes that belong to it."""
    text = json.dumps(head | {"bytes": len(body)}).encode()
    stream.write(struct.pack(">I", len(text)) + text)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read what `send` wrote; None if the other side has left."""
    prefix = stream.read(4)
    if len(prefix) < 4:
        return None
    head: dict[str, Any] = json.loads(stream.read(struct.unpack(">I", prefix)[0]))
    count = head.pop("bytes")
    body = stream.read(count)
    return (head, body) if len(body) == count else None


def _limit(memory_bytes: int) -> None:
    import resource  # noqa: PLC0415 -- there is none on Windows, where the pages can at least be looked at

    os.nice(_NICENESS)
    bounds = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, bound in bounds:
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit memory
            resource.setrlimit(kind, (bound, bound))


def _limit_time(cpu_s: int) -> None:
    import resource  # noqa: PLC0415

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_s, resource.RLIM_INFINITY))


if __name__ == "__main__":
    sys.exit(main())
