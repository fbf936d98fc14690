"""Show and keep the progress of a painting, and handle Ctrl-C."""

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

from engine.cli.session import Session, ensure_folder, write
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE
from engine.imaging.images import encode, resize
from engine.recipe.sizes import fitted_size

STOPPING = "Stopping after this step; press Ctrl-C again to stop at once."


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


class InterruptHandler:
    """Remembers whether Ctrl-C was pressed: the current step is completed first, and with it the picture."""

    def __init__(self) -> None:
        self.interrupted = False


@contextmanager
def interrupt_handler(session: Session) -> Iterator[InterruptHandler]:
    """Note the first Ctrl-C inside the block and carry on; raise KeyboardInterrupt at the second."""
    state = InterruptHandler()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if state.interrupted:
            raise KeyboardInterrupt
        state.interrupted = True
        session.say(STOPPING)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield state
    finally:
        signal.signal(signal.SIGINT, before)


class HasPicture(Protocol):
    """The part of a painting that snapshots need."""

    @property
    def progress(self) -> float:
        """How far the painting has come, in [0, 1]."""

    def picture(self) -> NDArray[np.float32]:
        """Return the present picture."""


class Snapshots:
    """Keeps at most `MAX_SNAPSHOTS` pictures of a painting in progress, all of one size, for a film."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._folder = ensure_folder(folder)
        self._size = fitted_size(size, min(SNAPSHOT_SIDE, max(size)))
        self._kept = 0

    def keep(self, painting: HasPicture) -> None:
        """Keep the present picture, if the next one is due."""
        # The first is due at the start and the last at the end, so there is one interval fewer than pictures.
        if painting.progress * (MAX_SNAPSHOTS - 1) < self._kept:
            return
        picture = resize(painting.picture(), self._size)
        write(self._folder / f"frame-{self._kept:04}.png", encode(picture, "png"))
        self._kept += 1
