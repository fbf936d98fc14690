"""What every command has at hand: the environment, and where to write."""

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
        screen: standard error, for people: progress and what happened.
        paper: standard output, for results.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.screen = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.paper = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def cache(self) -> Path:
        """The folder for weights and for what was measured about this machine."""
        return default_cache(self._environ.get("XDG_CACHE_HOME"))

    def weights(self, given: Path | None) -> Path | None:
        """Return the file of weights that was asked for, by option or else by environment."""
        named = self._environ.get("VGG19_WEIGHTS")
        return given or (Path(named) if named else None)

    def say(self, sentence: str) -> None:
        """Tell the person at the terminal something."""
        self.screen.print(sentence)

    def report(self, error: PasticheError) -> None:
        """Tell the person at the terminal what went wrong."""
        self.say(f"pastiche: {error}")

    def print(self, line: str) -> None:
        """Print a line of the result."""
        self.paper.print(line)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Name the file that an error inside is about: there may be several."""
    try:
        yield
    except ImageError as exc:
        raise type(exc)(f"{path}: {exc}", code=exc.code) from exc


def write(path: Path, data: bytes) -> None:
    """Write a file so that it appears whole or not at all.

    Raises:
        PasticheError: it cannot be written.
    """
    try:
        with atomic_write(path) as file:
            file.write(data)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{path} cannot be written: {reason}.", code="unwritable") from exc


def ready_folder(folder: Path) -> Path:
    """Make a folder for results if it is not there.

    Raises:
        PasticheError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{folder} cannot be made: {reason}.", code="unwritable") from exc
    return folder
