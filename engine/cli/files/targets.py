"""What a command may write, and where.

Every command asks this module. A target that is one of its inputs is refused; a
name that nobody asked for overwrites nothing; a place is tried before the work
begins; and a result whose place fails after all is kept elsewhere.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.atomic import MAX_NAME_BYTES, atomic_write, shortened, try_write
from engine.errors import PasticheError
from engine.imaging import images

FORMATS: dict[str, images.Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}

STOPPED = "stopped"
"""What the name of a picture that was stopped early ends with."""
_ENDING_BYTES = 40
"""What may be added to a name that was chosen here: a number, `-stopped`, `.checkpoint.old`."""


def picture_target(output: Path | None, default_stem: str) -> Path:
    """Return the path for a picture.

    Args:
        output: the path that the user named, if any.
        default_stem: the name, without suffix, of the PNG in the current folder that is
            used otherwise; it gets a number if that name is taken.

    Raises:
        PasticheError: the picture cannot be written there.
    """
    if output is None:
        return unused(default_path(default_stem))
    if output.suffix.lower() not in FORMATS:
        raise PasticheError(f"{output} must end in {', '.join(FORMATS)}.", code="output-format")
    return output


def default_path(stem: str, suffix: str = ".png") -> Path:
    """Return a path in the current folder, with a name that is not too long."""
    return Path(shortened(stem, MAX_NAME_BYTES - _ENDING_BYTES - len(suffix)) + suffix)


def beside(target: Path, word: str) -> Path:
    """Return an unused path beside a target, whose name says what it is."""
    stem = shortened(target.stem, MAX_NAME_BYTES - _ENDING_BYTES - len(target.suffix))
    return unused(target.with_name(f"{stem}-{word}{target.suffix}"))


def unused(path: Path, is_taken: Callable[[Path], bool] = os.path.lexists) -> Path:
    """Return the path, with a number if it is taken, so that a name chosen by us overwrites nothing."""
    candidate, number = path, 2
    while is_taken(candidate):
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def refuse_inputs(targets: Iterable[Path | None], inputs: Iterable[Path | None]) -> None:
    """Refuse targets that are inputs of the same command, or the same as each other, by whatever name.

    Raises:
        PasticheError: one of them is.
    """
    known = {identity: path for path in inputs if path for identity in _identities(path)}
    written: dict[object, Path] = {}
    for target in filter(None, targets):
        identities = _identities(target)
        if used := next((known[identity] for identity in identities if identity in known), None):
            raise PasticheError(
                f"{target} is one of the inputs ({used}), which are never overwritten; name another file.",
                code="output-is-input",
            )
        if any(identity in written for identity in identities):
            raise PasticheError(f"{target} is named for two results; name another file.", code="output-twice")
        written |= dict.fromkeys(identities, target)


def _identities(path: Path) -> list[object]:
    """Return what two paths of one file have in common: the resolved path, or the file itself."""
    try:
        status = path.stat()
    except OSError:
        return [os.path.realpath(path)]
    return [os.path.realpath(path), (status.st_dev, status.st_ino)]


def try_target(path: Path, size: int = 1) -> None:
    """Try a file's place before the work begins.

    Args:
        path: the file to write later; what is there now stays as it is.
        size: how many bytes are expected.

    Raises:
        PasticheError: it cannot be written there.
    """
    real = Path(os.path.realpath(path))
    try:
        if not real.parent.is_dir():
            raise PasticheError(
                f"There is no folder {path.parent} to write {path.name} to.", code="folder-missing"
            )
        if real.is_dir():
            raise PasticheError(f"{path} is a folder; name a file.", code="output-is-folder")
        if real.exists() and not real.is_file():
            raise PasticheError(f"{path} is not an ordinary file; name another.", code="output-not-a-file")
        if real.exists() and not os.access(real, os.W_OK):
            raise PasticheError(f"{path} cannot be written: it is read-only.", code="unwritable")
        try_write(real, size)
    except OSError as exc:
        raise unwritable(path, exc) from exc


def write(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file so that it appears complete or not at all.

    Raises:
        PasticheError: the file cannot be written.
    """
    try:
        # A link stays, and what it points to is written.
        with atomic_write(Path(os.path.realpath(path)), durable=durable) as file:
            file.write(data)
    except OSError as exc:
        raise unwritable(path, exc) from exc


def write_result(path: Path, data: bytes) -> None:
    """Write a result, or keep it elsewhere if its place fails; see `keep_result`."""
    keep_result(path, lambda place: write(place, data, durable=True))


def keep_result(path: Path, write_to: Callable[[Path], None]) -> None:
    """Write a result; if its place fails although it was tried, keep it elsewhere and say where.

    Raises:
        PasticheError: it could not be written to its place.
    """
    try:
        write_to(path)
    except PasticheError as exc:
        for folder in (".", os.path.expanduser("~"), tempfile.gettempdir()):  # noqa: PTH111 -- never raises
            try:
                place = unused(Path(os.path.realpath(folder)) / shortened(path.name, MAX_NAME_BYTES - 8))
                write_to(place)
            except (PasticheError, OSError):
                continue
            raise PasticheError(f"{exc} The result was kept as {place}.", code="kept-elsewhere") from exc
        raise


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


def unwritable(path: Path, exc: OSError) -> PasticheError:
    """Return the sentence for a file that cannot be written."""
    reason = (exc.strerror or str(exc)).lower()
    return PasticheError(f"{path} cannot be written: {reason}.", code="unwritable")
