"""Folders of photographs: which files count, where their paintings go, and one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from engine.cli.files.targets import ensure_folder, refuse_inputs, try_target, unused
from engine.cli.session import INTERRUPTED, Session
from engine.errors import PasticheError
from engine.imaging.sniff import PICTURE_FORMATS, sniff

DONE_BEFORE = "{target}: already painted; --overwrite paints it again"
SUMMARY = "{painted} painted, {done} already there, {failed} not painted"

_SUFFIXES = frozenset(
    ".jpg .jpeg .jfif .png .webp .avif .heic .heif .gif .tif .tiff .bmp .jxl .jp2 "  # noqa: SIM905
    ".psd .dng .cr2 .cr3 .nef "
    ".arw .orf .raf .rw2".split()
)
"""The endings of pictures: a file with one that cannot be read is reported, not passed over."""


def batch_targets(folder: Path, output: Path | None) -> dict[Path, Path]:
    """Return each photograph in a folder with the path for its painting.

    Raises:
        PasticheError: there are no photographs, or the paintings cannot be written to their folder.
    """
    photos = photographs(folder)
    output = output or Path(f"{folder.resolve().name}-painted")
    refuse_inputs([output], [folder])
    ensure_folder(output)
    targets = {photo: output / name for photo, name in _target_names(photos).items()}
    # A name that is too long concerns one photograph only.
    try_target(unused(output / "painting.png"))
    return targets


def photographs(folder: Path) -> list[Path]:
    """Return the files of a folder that are meant as photographs, also those that cannot be read.

    Raises:
        PasticheError: there are none, or the folder cannot be read.
    """
    try:
        photos = sorted(path for path in folder.iterdir() if _is_photograph(path))
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{folder} cannot be read: {reason}.", code="folder-unreadable") from exc
    if not photos:
        raise PasticheError(
            f"There is no JPEG, PNG, WebP or AVIF picture in {folder}.", code="no-photographs"
        )
    return photos


def _is_photograph(path: Path) -> bool:
    # Some systems keep notes about each picture in a hidden file with the same ending.
    named = path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    try:
        if path.is_file():
            with path.open("rb") as file:
                return sniff(file.read(1024)) in PICTURE_FORMATS or named
    except OSError:
        return True
    return named and path.is_symlink() and not path.exists()


def _target_names(photos: Iterable[Path]) -> dict[Path, str]:
    """Return a different file name for the painting of each photograph, as short as possible."""
    names = {photo: f"{photo.stem}.png" for photo in photos}
    while True:
        counts = Counter(names.values())
        repeated = [photo for photo, name in names.items() if counts[name] > 1]
        if not repeated:
            return names
        names |= {photo: f"{photo.name}.png" for photo in repeated}


def paint_batch(
    targets: Mapping[Path, Path],
    paint: Callable[[Path, Path], bool],
    session: Session,
    *,
    overwrite: bool,
) -> int:
    """Paint one photograph after the other, past those that cannot be painted.

    Args:
        targets: each photograph with the path for its painting.
        paint: paints one; returns False if it was interrupted.
        session: for messages.
        overwrite: paint again what has been painted before.

    Returns:
        The exit code.

    Raises:
        PasticheError: some photographs could not be painted.
    """
    painted = done = failed = 0
    for photo, target in targets.items():
        try:
            if target.exists() and not overwrite:
                session.say(DONE_BEFORE.format(target=target))
                done += 1
                continue
            completed = paint(photo, target)
        except Exception as exc:
            if session.interrupted:
                raise KeyboardInterrupt from exc
            if session.debug and not isinstance(exc, PasticheError):
                raise
            session.report(exc if isinstance(exc, PasticheError) else session.explain(exc, photo))
            failed += 1
        else:
            if not completed:
                return INTERRUPTED
            painted += 1
    if done or failed:
        session.say(SUMMARY.format(painted=painted, done=done, failed=failed))
    if failed:
        raise PasticheError(
            f"{failed} of {len(targets)} photographs could not be painted.", code="photographs-failed"
        )
    return 0
