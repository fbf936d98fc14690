"""Run a training: its log, its previews, its checkpoints, and Ctrl-C."""

from __future__ import annotations

import argparse
import csv
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from engine.cli.session import Session, ensure_folder, prefix_errors, write
from engine.imaging import images

if TYPE_CHECKING:
    from engine.feedforward.plan import TrainingPlan
    from engine.feedforward.styles import FeedforwardStyles
    from engine.feedforward.training import FeedforwardTraining, TrainingLosses

INTERRUPTED = 130

RESUMED = "Resuming at step {step}."
GOES_ON = "run the same command to continue"

_LOG_EVERY = 20
"""Steps whose losses are averaged in one line of the log."""
_SAVE_EVERY_S = 120
_PREVIEW_SIDE = 384


def run_training(
    training: FeedforwardTraining,
    plan: TrainingPlan,
    args: argparse.Namespace,
    preview_photos: Sequence[Path],
    session: Session,
) -> int:
    """Train until the plan is complete or Ctrl-C is pressed; keep what was learned either way.

    Returns:
        The exit code: 130 if it was interrupted.
    """
    work = ensure_folder(args.work or args.output.with_name(f"{args.output.stem}-training"))
    previews = _Previews(work / "previews", preview_photos)
    checkpoint = work / "checkpoint.npz"
    if checkpoint.exists():
        training.restore(checkpoint)
        session.say(RESUMED.format(step=training.step))
    log = _Log(work / "losses.csv", training.step)
    saved = time.monotonic()
    try:
        with _stop_on_signal(session) as stop:
            while not training.finished and not stop.is_set():
                if line := log.add(training.advance()):
                    session.say(_progress_line(line, training.progress))
                if training.step % args.preview_every == 0:
                    previews.write(training.feedforward_styles(), training.step)
                if time.monotonic() - saved > _SAVE_EVERY_S:
                    training.save(checkpoint)
                    training.export(args.output)
                    saved = time.monotonic()
    finally:
        training.close()
    training.save(checkpoint)
    training.export(args.output)
    previews.write(training.feedforward_styles(), training.step)
    summary = (
        f"{args.output}: {', '.join(plan.names)}, {training.step} steps in {training.seconds / 60:.1f} min"
    )
    session.say(summary if training.finished else f"{summary}; {GOES_ON}")
    return 0 if training.finished else INTERRUPTED


def _progress_line(row: TrainingLosses, progress: float) -> str:
    left = row.seconds * (1 - progress) / progress if progress else 0.0
    return (
        f"step {row.step}, {progress:.0%}: content {row.content:.3f}, style {row.style:.3f}, "
        f"total {row.total:.4f}; about {left / 60:.0f} min left"
    )


class _Log:
    """Writes mean losses as CSV; drops the lines after the step that training resumes from."""

    def __init__(self, path: Path, step: int) -> None:
        from engine.feedforward.training import TrainingLosses  # noqa: PLC0415

        self._row_type, self._names = TrainingLosses, [field.name for field in fields(TrainingLosses)]
        kept = []
        if path.exists():
            with path.open(newline="") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"]) <= step]
        self._rows: list[TrainingLosses] = []
        self._file = path
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self._names)
            writer.writeheader()
            writer.writerows(kept)

    def add(self, row: TrainingLosses) -> TrainingLosses | None:
        """Add a step; return the mean of the last few if this step completes a line."""
        self._rows.append(row)
        if row.step % _LOG_EVERY:
            return None
        means = [float(np.mean([getattr(item, name) for item in self._rows])) for name in self._names[3:]]
        line = self._row_type(row.step, round(row.seconds, 1), row.rate, *means)
        with self._file.open("a", newline="") as file:
            values = [f"{getattr(line, name):.6g}" for name in self._names[2:]]
            csv.writer(file).writerow([line.step, line.seconds, *values])
        self._rows.clear()
        return line


class _Previews:
    """Paints a few photographs in every style: one row for each photograph."""

    def __init__(self, folder: Path, photos: Sequence[Path]) -> None:
        self._folder = folder
        self._photos = []
        for path in photos:
            with prefix_errors(path):
                self._photos.append(images.fit(images.read(path).rgb, _PREVIEW_SIDE))

    def write(self, styles: FeedforwardStyles, step: int) -> None:
        """Paint the photographs, and write them as one picture."""
        rows = []
        for photo in self._photos:
            size = (photo.shape[0] * _PREVIEW_SIDE // photo.shape[1], _PREVIEW_SIDE)
            painted = [styles.apply(photo, name, size=max(photo.shape[:2])) for name in styles.names]
            rows.append(np.concatenate([images.resize(tile, size) for tile in (photo, *painted)], axis=1))
        contact_sheet = np.clip(np.concatenate(rows, axis=0), 0, 1)
        write(ensure_folder(self._folder) / f"step-{step:06}.jpg", images.encode(contact_sheet, "jpeg"))


@contextmanager
def _stop_on_signal(session: Session) -> Iterator[threading.Event]:
    """Set an event at the first SIGINT or SIGTERM inside the block; raise KeyboardInterrupt at the second."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        session.say("Stopping after this step; what was learned is kept.")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
