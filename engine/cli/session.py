"""What every command needs: the environment, the two output streams, and sentences for what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from engine.backbones.weights import default_cache
from engine.cli.streams import forgiving, visible
from engine.errors import ImageError, PasticheError

OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130
"""The exit codes."""


class Session:
    """One run of the command line.

    Attributes:
        stderr: for people: progress and messages.
        stdout: for results.
        debug: whether to show the traceback of an unexpected error.
        interrupted: whether a signal has raised KeyboardInterrupt. Libraries turn that into errors of
            their own where it comes while they load.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.debug = self.interrupted = False
        # A terminal that was closed must not end a painting.
        self.stderr = Console(
            file=forgiving(sys.stderr), highlight=False, markup=False, emoji=False, soft_wrap=True
        )
        self.stdout = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def cache(self) -> Path:
        """The folder for weights and for measurements of this machine."""
        return default_cache(self._environ.get("XDG_CACHE_HOME"))

    def weights(self, given: Path | None) -> Path | None:
        """Return the file of weights that the option names, or else the environment."""
        named = self._environ.get("VGG19_WEIGHTS")
        return given or (Path(named) if named else None)

    def say(self, sentence: str) -> None:
        """Print a message for the person at the terminal."""
        self.stderr.print(visible(sentence))

    def report(self, error: PasticheError) -> None:
        """Print an error for the person at the terminal."""
        self.say(f"pastiche: {error}")

    def explain(self, exc: Exception, path: Path | None = None) -> PasticheError:
        """Return a sentence for an error that is not Pastiche's own.

        Args:
            exc: the error.
            path: the file that was being worked on, if it matters.
        """
        about = f"{path}: " if path else ""
        # TensorFlow has a name of its own for it, and is not imported here.
        if isinstance(exc, MemoryError) or type(exc).__name__ == "ResourceExhaustedError":
            sentence = "There is not enough memory for this; choose a smaller --size."
            return PasticheError(about + sentence, code="out-of-memory")
        if isinstance(exc, OSError) and exc.strerror:
            return PasticheError(
                f"{exc.filename or path or 'A file'} cannot be used: {exc.strerror.lower()}.",
                code="file-unusable",
            )
        return PasticheError(
            f"{about}Something went wrong unexpectedly ({type(exc).__name__}: {_one_line(exc)}); "
            "please report it, with the output of --debug.",
            code="unexpected",
        )

    def print(self, line: str) -> None:
        """Print a line of the result."""
        self.stdout.print(line)


@contextmanager
def prefix_errors(path: Path) -> Iterator[None]:
    """Put the path before the message of an ImageError raised inside, since there may be several pictures."""
    try:
        yield
    except ImageError as exc:
        raise type(exc)(f"{path}: {exc}", code=exc.code) from exc


def _one_line(exc: Exception) -> str:
    text = str(exc).strip().split("\n", 1)[0]
    return text if len(text) <= 200 else text[:199] + "…"
