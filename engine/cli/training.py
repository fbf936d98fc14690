"""Run a training: its log, its previews, its checkpoints, and Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.cli.files.keeper import Keeper
from engine.cli.files.loss_log import append_rows, read_rows, write_rows
from engine.cli.files.targets import STOPPED, beside, ensure_folder, keep_result, try_target, write
from engine.cli.session import INTERRUPTED, OK, Session, prefix_errors
from engine.cli.signals import interrupt_handler
from engine.errors import ImageError
from engine.imaging import images
from engine.imaging.decoding import Floats

if TYPE_CHECKING:
    from engine.feedforward.plan import TrainingPlan
    from engine.feedforward.styles import FeedforwardStyles
    from engine.feedforward.training import FeedforwardTraining, TrainingLosses

RESUMED = "Resuming at step {step}."
GOES_ON = "run the same command to continue"

_CHECKPOINT = "checkpoint.npz"
_EXPECTED_BYTES = 2**20
_LOG_EVERY = 20
"""Steps whose losses are averaged in one line of the log."""
_SAVE_EVERY_S = 120
_PREVIEWS = 2
_PREVIEW_SIDE = 384


def try_training(args: argparse.Namespace) -> None:
    """Try every place that a training writes to, before the slow part.

    Raises:
        PasticheError: one of them cannot be written to.
    """
    try_target(args.output, _EXPECTED_BYTES)
    try_target(_work_folder(args) / _CHECKPOINT, _EXPECTED_BYTES)
    if args.log:
        try_target(args.log)


def run_training(
    training: FeedforwardTraining,
    plan: TrainingPlan,
    args: argparse.Namespace,
    photos: Sequence[Path],
    session: Session,
) -> int:
    """Train until the plan is complete or a signal comes; keep what was learned either way.

    Returns:
        The exit code: 130 if it was interrupted.
    """
    work = _work_folder(args)
    checkpoint = work / _CHECKPOINT
    if checkpoint.exists():
        training.restore(checkpoint)
        session.say(RESUMED.format(step=training.step))
    keeper = Keeper(session)
    previews = _Previews(work / "previews", args.preview or (), photos)
    log = _Log(_log_file(args), training.step)
    saved = time.monotonic()
    with interrupt_handler(session) as stop:
        try:
            while not training.finished and not stop.interrupted:
                if line := log.mean(training.advance()):
                    session.say(_progress_line(line, training.progress))
                    with keeper.keeping("log"):
                        log.write(line)
                if training.step % args.preview_every == 0:
                    with keeper.keeping("previews"):
                        previews.write(training.feedforward_styles(), training.step)
                if time.monotonic() - saved > _SAVE_EVERY_S:
                    with keeper.keeping("checkpoint"):
                        training.save(checkpoint)
                    saved = time.monotonic()
        finally:
            training.close()
        with keeper.keeping("checkpoint"):
            training.save(checkpoint)
        # An unfinished network replaces no finished one.
        target = args.output if training.finished else beside(args.output, STOPPED)
        keep_result(target, training.export)
        with keeper.keeping("previews"):
            previews.write(training.feedforward_styles(), training.step)
    summary = f"{target}: {', '.join(plan.names)}, {training.step} steps in {training.seconds / 60:.1f} min"
    session.say(summary if training.finished else f"{summary}; {GOES_ON}")
    return OK if training.finished else INTERRUPTED


def _work_folder(args: argparse.Namespace) -> Path:
    return ensure_folder(args.work or args.output.with_name(f"{args.output.stem}-training"))


def _log_file(args: argparse.Namespace) -> Path:
    return args.log or _work_folder(args) / "losses.csv"


def _progress_line(row: TrainingLosses, progress: float) -> str:
    left = row.seconds * (1 - progress) / progress if progress else 0.0
    return (
        f"step {row.step}, {progress:.0%}: content {row.content:.3f}, style {row.style:.3f}, "
        f"total {row.total:.4f}; about {left / 60:.0f} min left"
    )


class _Log:
    """Writes mean losses as CSV; drops the lines after the step that training resumes from."""

    def __init__(self, path: Path, step: int) -> None:
        from engine.feedforward.training import TrainingLosses  # noqa: PLC0415  (loads TensorFlow)

        self._file, self._names = path, [field.name for field in fields(TrainingLosses)]
        kept = [row for row in read_rows(path, self._names) if row["step"].isdecimal()]
        write_rows(path, self._names, [row for row in kept if int(row["step"]) <= step])
        self._rows: list[TrainingLosses] = []

    def mean(self, row: TrainingLosses) -> TrainingLosses | None:
        """Add a step; return the mean of the last few if this step completes a line."""
        self._rows.append(row)
        if row.step % _LOG_EVERY:
            return None
        means = [float(np.mean([getattr(item, name) for item in self._rows])) for name in self._names[3:]]
        line = type(row)(row.step, round(row.seconds, 1), row.rate, *means)
        self._rows.clear()
        return line

    def write(self, line: TrainingLosses) -> None:
        """Write a line.

        Raises:
            PasticheError: it cannot be written.
        """
        values = {name: f"{getattr(line, name):.6g}" for name in self._names[2:]}
        append_rows(self._file, self._names, [{"step": line.step, "seconds": line.seconds, **values}])


class _Previews:
    """Paints a few photographs in every style: one row for each photograph.

    Args:
        folder: where to write them.
        named: the photographs that the user chose.
        others: where to take two from that can be read, if the user chose none.
    """

    def __init__(self, folder: Path, named: Sequence[Path], others: Sequence[Path]) -> None:
        self._folder = folder
        self._photos: list[Floats] = []
        for path in named:
            with prefix_errors(path):
                self._add(path)
        for path in () if named else others:
            if len(self._photos) < _PREVIEWS:
                with contextlib.suppress(ImageError):
                    self._add(path)

    def _add(self, path: Path) -> None:
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
