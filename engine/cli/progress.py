"""Show the progress of a painting, and keep pictures of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from engine.cli.files.targets import ensure_folder, unused, write
from engine.cli.session import Session
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE
from engine.imaging.images import encode, resize
from engine.recipe.sizes import fitted_size

_SNAPSHOTS = "frame-*.png"


class ShowProgress(Protocol):
    """Shows how far a painting has come."""

    def __call__(self, progress: float, scale: tuple[int, int]) -> None:
        """Show the progress in [0, 1], and the present scale as (height, width)."""


@contextmanager
def progress_display(name: str, session: Session) -> Iterator[ShowProgress]:
    """Show a progress bar on a terminal; elsewhere print a line at every quarter."""
    if not session.stderr.is_terminal:
        yield _ProgressLines(name, session)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[scale]}"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=session.stderr, transient=True) as bar:
        task = bar.add_task(name, total=1.0, scale="")

        def show(progress: float, scale: tuple[int, int]) -> None:
            bar.update(task, completed=progress, scale=f"{scale[1]} × {scale[0]}")

        yield show


class _ProgressLines:
    """Prints progress as lines, for a log file."""

    def __init__(self, name: str, session: Session) -> None:
        self._name, self._session = name, session
        self._began, self._next = time.monotonic(), 0.25

    def __call__(self, progress: float, scale: tuple[int, int]) -> None:  # noqa: ARG002 -- the protocol has it
        if progress < self._next or progress >= 1:
            return
        self._next = (progress // 0.25 + 1) * 0.25
        left = (time.monotonic() - self._began) * (1 - progress) / progress
        self._session.say(f"{self._name}: {progress:.0%}, about {left:.0f} s left")


class HasPicture(Protocol):
    """The part of a painting that snapshots need."""

    @property
    def progress(self) -> float:
        """How far the painting has come, in [0, 1]."""

    def picture(self) -> NDArray[np.float32]:
        """Return the present picture."""


class Snapshots:
    """Keeps at most `MAX_SNAPSHOTS` pictures of a painting in progress, all of one size, for a film.

    Args:
        folder: where to keep them.
        size: the (height, width) of the painting when it is finished.
        continues: whether the folder holds earlier pictures of this painting; else they are of
            another, so that a folder beside it is used.

    Attributes:
        folder: the folder in use.
    """

    def __init__(self, folder: Path, size: tuple[int, int], *, continues: bool = False) -> None:
        # Resolved, since “.” has no name that a number could be added to.
        self.folder = ensure_folder(
            folder
            if continues or not _numbers(folder)
            else unused(folder.resolve(), lambda path: bool(_numbers(path)))
        )
        self._size = fitted_size(size, min(SNAPSHOT_SIDE, max(size)))
        self._kept = max(_numbers(self.folder), default=-1) + 1

    def keep(self, painting: HasPicture) -> None:
        """Keep the present picture, if the next one is due."""
        # The first is due at the start and the last at the end, so there is one interval fewer than pictures.
        if painting.progress * (MAX_SNAPSHOTS - 1) < self._kept:
            return
        picture = resize(painting.picture(), self._size)
        write(self.folder / f"frame-{self._kept:04}.png", encode(picture, "png"))
        self._kept += 1


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the snapshots in a folder."""
    names = (path.stem.removeprefix("frame-") for path in folder.glob(_SNAPSHOTS))
    return [int(name) for name in names if name.isdecimal()]
