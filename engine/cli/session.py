"""What every command needs: the environment, the two output streams, and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from engine.atomic import atomic_write
from engine.backbones.weights import default_cache
from engine.errors import ImageError, PasticheError


class Session:
    """One run of the command line.

    Attributes:
        stderr: for people: progress and messages.
        stdout: for results.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.stderr = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
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
        self.stderr.print(sentence)

    def report(self, error: PasticheError) -> None:
        """Print an error for the person at the terminal."""
        self.say(f"pastiche: {error}")

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


def write(path: Path, data: bytes) -> None:
    """Write a file so that it appears complete or not at all.

    Raises:
        PasticheError: the file cannot be written.
    """
    try:
        with atomic_write(path) as file:
            file.write(data)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{path} cannot be written: {reason}.", code="unwritable") from exc


def ensure_folder(folder: Path) -> Path:
    """Make a folder for results, unless it exists.

    Raises:
        PasticheError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{folder} cannot be made: {reason}.", code="unwritable") from exc
    return folder
