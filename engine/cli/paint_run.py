"""One painting by the command line: painted, resumed, or stopped, with all that is kept meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.files import checkpoint_file
from engine.cli.files.checkpoint_file import CheckpointFile, digest
from engine.cli.files.keeper import Keeper
from engine.cli.files.loss_log import LossLog
from engine.cli.files.targets import FORMATS, STOPPED, beside, try_target, write, write_result
from engine.cli.inputs import PaintInputs
from engine.cli.progress import Snapshots, progress_display
from engine.cli.session import Session, prefix_errors
from engine.cli.signals import interrupt_handler
from engine.errors import PasticheError
from engine.imaging import images
from engine.recipe.paper import result_dpi, result_size

if TYPE_CHECKING:
    from engine.painting import Painting

SO_FAR = "this is the picture so far"
GOES_ON = "the same command with --resume goes on"
REPLAYED_TO = "{target}: stopped at step {step}, where the replayed picture was stopped"
RESUMED = "{target}: resumed at {progress:.0%}"
NOTHING_YET = "{target}: stopped before the first step, so there is no picture"
INTERRUPTED_BEFORE = "{path} is of an interrupted painting; --resume would have gone on from it."
SET_ASIDE = "The checkpoint of the interrupted painting is now {other}."
BEGINS_AGAIN = "{reason} The painting begins again."

_CHECKPOINT_S = 5.0
_MAX_SHARE = 0.05
"""The largest share of the time that is spent on writing checkpoints."""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """What to keep of a painting besides its picture.

    Attributes:
        resume: go on from the checkpoint, if there is one.
        every: the number of steps after which the picture so far is written each time; None never writes it.
        log: a CSV file for the losses.
        snapshots: a folder for small pictures of the painting in progress.
    """

    resume: bool = False
    every: int | None = None
    log: Path | None = None
    snapshots: Path | None = None


class PaintRun:
    """Paints one photograph.

    Args:
        photo: its file.
        target: where the painting goes.
        inputs: everything else that goes into it.
        keep: what to keep.
        session: for messages.

    Attributes:
        interrupted: whether a signal came.
    """

    def __init__(self, photo: Path, target: Path, inputs: PaintInputs, keep: Keep, session: Session) -> None:
        self._photo, self._target, self._inputs, self._session = photo, target, inputs, session
        self._resume, self._every = keep.resume, keep.every
        self._began = time.monotonic()
        with prefix_errors(photo):
            self._content = images.read(photo)
        self._size = result_size(inputs.recipe, self._content.size)
        bytes_per_pixel = 3 if FORMATS[target.suffix.lower()] == "png" else 1
        try_target(target, self._size[0] * self._size[1] * bytes_per_pixel)
        self._log = LossLog(keep.log, target) if keep.log else None
        self._snapshot_folder = keep.snapshots
        self._snapshots: Snapshots | None = None
        self._so_far: Path | None = None
        self._keeper = Keeper(session)
        self.interrupted = False

    def paint(self) -> bool:
        """Paint the photograph; return whether the result is written, and not only the picture so far."""
        # The network is loaded outside, where an interrupt is noticed at once.
        _ = self._inputs.backbone
        with interrupt_handler(self._session) as interrupt:
            self._file = CheckpointFile(self._target, self._made_of())
            painting = self._begin_or_resume()
            self._kept_at, self._keeping_s = time.monotonic(), 0.0
            stop = self._inputs.replay.stopped
            with progress_display(self._photo.name, self._session) as show:
                while not painting.finished and not interrupt.interrupted and painting.step != stop:
                    before = painting.step
                    report = painting.advance()
                    show(report.progress, report.scale)
                    if painting.step > before:
                        self._keep(painting)
            self.interrupted = interrupt.interrupted
            if self.interrupted and not painting.finished:
                self._keep_stopped(painting)
                return False
            self._keep_losses(painting)
            write_result(self._target, self._encoded(painting))
            self._file.remove()
            if self._so_far:
                self._so_far.unlink(missing_ok=True)
            self._say_done(painting)
            return True

    def _made_of(self) -> dict[str, object]:
        inputs = self._inputs
        return {
            "photo": digest(self._content.rgb),
            "styles": [digest(style) for style in inputs.styles],
            "masks": [digest(mask) for mask in (*inputs.masks, inputs.content_mask)],
            "start image": digest(inputs.start_image),
            "recipe": inputs.replay.initial_recipe.to_dict(),
            "changes to replay": [[change.step, dict(change.values)] for change in inputs.replay.changes],
            "network": f"{inputs.backbone.name} in {inputs.backbone.dtype.name}",
        }

    def _begin_or_resume(self) -> Painting:
        painting = self._resumed() if self._resume else None
        if painting is not None:
            self._session.say(RESUMED.format(target=self._target, progress=painting.progress))
        elif checkpoint_file.exists_for(self._target) and not self._resume:
            self._session.say(INTERRUPTED_BEFORE.format(path=self._file.path))
        if self._snapshot_folder and self._snapshots is None:
            self._snapshots = Snapshots(self._snapshot_folder, self._size)
        return painting or self._begun()

    def _begun(self) -> Painting:
        from engine.feedforward.draft import built_in_drafter  # noqa: PLC0415
        from engine.painting import Painting  # noqa: PLC0415

        inputs = self._inputs
        return Painting.begin(
            self._content.rgb,
            inputs.styles,
            inputs.replay.initial_recipe,
            backbone=inputs.backbone,
            masks=inputs.masks,
            content_mask=inputs.content_mask,
            start_image=inputs.start_image,
            drafter=built_in_drafter,
            replay=inputs.replay,
        )

    def _resumed(self) -> Painting | None:
        """Return the painting that was interrupted; None if there is none that can go on."""
        from engine.painting import Painting  # noqa: PLC0415

        inputs = self._inputs
        try:
            saved = self._file.load()
            if saved is None:
                return None
            painting = Painting.resume(
                saved.checkpoint,
                self._content.rgb,
                inputs.styles,
                backbone=inputs.backbone,
                masks=inputs.masks,
                content_mask=inputs.content_mask,
                replay=inputs.replay,
            )
        except PasticheError as exc:
            # It is made of the same, so anything else that is wrong with it is damage.
            if exc.code == "checkpoint-other-painting":
                raise
            self._session.say(BEGINS_AGAIN.format(reason=exc))
            return None
        if self._snapshot_folder and (folder := saved.notes.get("snapshots")):
            self._snapshots = Snapshots(Path(folder), self._size, continues=True)
        if so_far := saved.notes.get("so far"):
            self._so_far = Path(so_far)
        return painting

    def _keep(self, painting: Painting) -> None:
        """Keep what is due after a step."""
        if snapshots := self._snapshots:
            with self._keeper.keeping("snapshots"):
                snapshots.keep(painting)
        due = self._every is not None and painting.step % self._every == 0
        if due:
            self._keep_so_far(painting)
        # A checkpoint of a print takes a second.
        pause_s = max(_CHECKPOINT_S, self._keeping_s / _MAX_SHARE)
        if due or time.monotonic() - self._kept_at >= pause_s:
            self._keep_checkpoint(painting)

    def _keep_so_far(self, painting: Painting) -> None:
        self._so_far = self._so_far or beside(self._target, "so-far")
        with self._keeper.keeping("so far"):
            write(self._so_far, self._encoded(painting))

    def _keep_checkpoint(self, painting: Painting) -> None:
        began = time.monotonic()
        if not self._file.ours and (other := self._file.set_aside()):
            self._session.say(SET_ASIDE.format(other=other))
        notes = {
            "snapshots": str(self._snapshots.folder.resolve()) if self._snapshots else "",
            "so far": str(self._so_far.resolve()) if self._so_far else "",
        }
        with self._keeper.keeping("checkpoint"):
            self._file.save(painting.checkpoint(), notes)
        self._keep_losses(painting)
        self._kept_at = time.monotonic()
        self._keeping_s = self._kept_at - began

    def _keep_losses(self, painting: Painting) -> None:
        if log := self._log:
            with self._keeper.keeping("log"):
                log.update(painting.losses)

    def _keep_stopped(self, painting: Painting) -> None:
        """Keep the checkpoint and the picture so far, beside what may be at the target."""
        if painting.step == 0:
            self._session.say(NOTHING_YET.format(target=self._target))
            return
        self._keep_checkpoint(painting)
        stopped = beside(self._target, STOPPED)
        write_result(stopped, self._encoded(painting))
        if self._so_far:
            self._so_far.unlink(missing_ok=True)
        goes_on = f"; {GOES_ON}" if checkpoint_file.exists_for(self._target) else ""
        self._session.say(f"{stopped}: stopped at {painting.progress:.0%}; {SO_FAR}{goes_on}")

    def _encoded(self, painting: Painting) -> bytes:
        alpha = None if self._content.alpha is None else images.resize(self._content.alpha, self._size)
        return images.encode(
            images.resize(painting.picture(), self._size),
            FORMATS[self._target.suffix.lower()],
            alpha=alpha,
            dpi=result_dpi(painting.recipe, self._content.dpi),
            recipe=painting.recipe,
            history=painting.history,
        )

    def _say_done(self, painting: Painting) -> None:
        height, width = self._size
        seconds = time.monotonic() - self._began
        if painting.finished:
            self._session.say(f"{self._target}: {width} × {height}, painted in {seconds:.1f} s")
        else:
            self._session.say(REPLAYED_TO.format(target=self._target, step=painting.step))
