"""Standard output and error as they really are: closed, full, or of a terminal that lacks some letters."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import Any, TextIO, cast

_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "×": "x", "–": "-", "—": "-", "→": "->"}
)
_HANDLER = "pastiche-plain"
_UNWRITABLE = (OSError, ValueError, RuntimeError)
"""What writing raises: the stream is broken, closed, or was being written to when a signal came."""


def prepare() -> None:
    """Make the standard streams of this process fit to be written to, before anything else is opened."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free number is this one. Left free, the next file to be opened would take it,
            # and with it what native code writes to standard error.
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    codecs.register_error(_HANDLER, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def finish() -> bool:
    """Write out what is left; return whether all of standard output could be written."""
    written, _ = _flush(sys.stdout), _flush(sys.stderr)
    return written


def _flush(stream: TextIO) -> bool:
    try:
        stream.flush()
    except OSError:
        # What is left would fail once more, with a traceback, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def forgiving(stream: TextIO) -> TextIO:
    """Return a stream that passes on what it can, and drops the rest."""
    return cast("TextIO", _Forgiving(stream))


def visible(text: str) -> str:
    """Return a sentence with what would act on the terminal, from a file's odd name, written out."""
    return "".join(
        letter if letter.isprintable() or ord(letter) > 0x9F else repr(letter)[1:-1] for letter in text
    )


class _Forgiving:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(*_UNWRITABLE):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(*_UNWRITABLE):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Replace letters that a stream cannot show: typographic ones by plain ones, others by their numbers."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    plain = letters.translate(_PLAIN)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end
