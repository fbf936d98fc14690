"""Import TensorFlow without its remarks about itself on standard error.

TF_CPP_MIN_LOG_LEVEL says which of its lines are wanted, but native code writes
some before it has read that: on processors with AVX-512, that oneDNN is on. So
they are taken out on the way. All else, a fatal error of the import above all,
comes through at once. Loads no TensorFlow until it is asked to.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""TensorFlow's own variable: 0 shows all, 1 hides remarks, 2 warnings too, 3 all but fatal errors."""
BANNER = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR"
_SEVERITIES = "IWE"
_FILTER = """
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
unwanted = re.compile(sys.argv[1].encode())
for line in sys.stdin.buffer:
    if not unwanted.match(line):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""
_PATIENCE_S = 5.0


def load_tensorflow() -> None:
    """Import TensorFlow, which takes seconds, quietly."""
    with quiet_tensorflow():
        importlib.import_module("tensorflow")


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Keep what TF_CPP_MIN_LOG_LEVEL hides, 1 unless it is set, off standard error in this block.

    A process of its own reads along: a thread would stand still while native
    code imports, and lose the last words of an import that aborts.
    """
    level = os.environ.setdefault(LEVEL, "1")
    pattern = _unwanted(level)
    if pattern is None or "tensorflow" in sys.modules:
        yield
        return
    with _filtered(2, pattern):
        yield


def _unwanted(level: str) -> str | None:
    """Return the pattern of the lines that a level hides, or None where it hides nothing."""
    hidden = _SEVERITIES[: int(level)] if level.isdecimal() else ""
    if not hidden:
        return None
    return rf"{re.escape(BANNER)}|[{hidden}]\d{{4}} \d+:\d+:\d+\.\d+ "


@contextlib.contextmanager
def _filtered(descriptor: int, pattern: str) -> Iterator[None]:
    """Take the lines that begin like a pattern out of what is written to a descriptor."""
    reader = _reader(descriptor, pattern)
    if reader is None or reader.stdin is None:
        yield
        return
    kept = os.dup(descriptor)
    os.dup2(reader.stdin.fileno(), descriptor)
    reader.stdin.close()
    try:
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
        # What was started meanwhile may hold it open; then it reads on, and is collected later.
        with contextlib.suppress(subprocess.TimeoutExpired):
            reader.wait(_PATIENCE_S)


def _reader(descriptor: int, pattern: str) -> subprocess.Popen[bytes] | None:
    """Start what reads along; None where that cannot be: then the remarks are seen."""
    try:
        os.fstat(descriptor)
        return subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-I", "-S", "-c", _FILTER, pattern],
            stdin=subprocess.PIPE,
            stdout=descriptor,
            stderr=descriptor,
        )
    except OSError:
        return None
