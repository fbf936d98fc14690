"""What is seen and kept of a painting while it is painted, and how it is interrupted."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
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

from engine.cli.session import Session, ready_folder, write
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE
from engine.imaging.images import encode, resize
from engine.recipe.sizes import fitted_size

STOPPING = "Stopping after this step; once more to stop at once."


class Show(Protocol):
    """Shows how far a painting is."""

    def __call__(self, progress: float, scale: tuple[int, int]) -> None:
        """Take its progress in [0, 1], and the (height, width) that it is painted at now."""


@contextmanager
def shown(name: str, session: Session) -> Iterator[Show]:
    """Show a progress bar on a terminal; elsewhere say a line at every quarter."""
    if not session.screen.is_terminal:
        yield _Lines(name, session)
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
    with Progress(*columns, console=session.screen, transient=True) as bar:
        task = bar.add_task(name, total=1.0, scale="")

        def show(progress: float, scale: tuple[int, int]) -> None:
            bar.update(task, completed=progress, scale=f"{scale[1]} × {scale[0]}")

        yield show


class _Lines:
    """The same for a log file."""

    def __init__(self, name: str, session: Session) -> None:
        self._name, self._session = name, session
        self._began, self._next = time.monotonic(), 0.25

    def __call__(self, progress: float, scale: tuple[int, int]) -> None:  # noqa: ARG002 -- as Show says
        if progress < self._next or progress >= 1:
            return
        self._next = (progress // 0.25 + 1) * 0.25
        left = (time.monotonic() - self._began) * (1 - progress) / progress
        self._session.say(f"{self._name}: {progress:.0%}, about {left:.0f} s left")


class InterruptHandler:
    """Whether somebody pressed Ctrl-C: a step is ended first, so that the picture is whole."""

    def __init__(self) -> None:
        self.lost = False


@contextmanager
def interrupt_handler(session: Session) -> Iterator[InterruptHandler]:
    """Note the first Ctrl-C inside and go on; a second one interrupts."""
    state = InterruptHandler()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if state.lost:
            raise KeyboardInterrupt
        state.lost = True
        session.say(STOPPING)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield state
    finally:
        signal.signal(signal.SIGINT, before)


class Pictured(Protocol):
    """A painting, as far as it is looked at here."""

    @property
    def progress(self) -> float:
        """How far it is, in [0, 1]."""

    def picture(self) -> NDArray[np.float32]:
        """Return what it looks like now."""


class Snapshots:
    """Keeps at most `MAX_SNAPSHOTS` pictures of how it was painted, all of one size, for a film."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._folder = ready_folder(folder)
        self._size = fitted_size(size, min(SNAPSHOT_SIDE, max(size)))
        self._kept = 0

    def keep(self, painting: Pictured) -> None:
        """Keep the present picture, if one is due."""
        # The first is due at once and the last at the end, so there is one less between them.
        if painting.progress * (MAX_SNAPSHOTS - 1) < self._kept:
            return
        picture = resize(painting.picture(), self._size)
        write(self._folder / f"frame-{self._kept:04}.png", encode(picture, "png"))
        self._kept += 1
