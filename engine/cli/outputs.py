"""Where pictures come from and go to: files named by the user, and folders of photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.cli.session import ready_folder
from engine.errors import PasticheError
from engine.imaging import images
from engine.imaging.sniff import is_picture

FORMATS: dict[str, images.Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def target_of(output: Path | None, otherwise: str) -> Path:
    """Return where a picture goes, sure that it can go there.

    Args:
        output: what the user named, if anything.
        otherwise: the name of a PNG here, which gets a number where it is taken.

    Raises:
        PasticheError: it cannot go there.
    """
    if output is None:
        return _unused(Path(f"{otherwise}.png"))
    if output.suffix.lower() not in FORMATS:
        raise PasticheError(f"{output} must end in {', '.join(FORMATS)}.", code="output-format")
    if not output.parent.is_dir():
        raise PasticheError(
            f"There is no folder {output.parent} to write {output.name} to.", code="folder-missing"
        )
    if output.is_dir():
        raise PasticheError(f"{output} is a folder; name a file for the painting.", code="output-is-folder")
    return output


def _unused(path: Path) -> Path:
    """Return the path, with a number where that name is taken: a name that nobody gave overwrites nothing."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def batch_of(folder: Path, output: Path | None) -> Iterator[tuple[Path, Path]]:
    """Yield each photograph in a folder and where its painting goes.

    Raises:
        PasticheError: there is none, or no folder can be made for them.
    """
    into = ready_folder(output or Path(f"{folder.resolve().name}-painted"))
    photos = sorted(path for path in folder.iterdir() if path.is_file() and is_picture(path))
    if not photos:
        raise PasticheError(
            f"There is no JPEG, PNG, WebP or AVIF picture in {folder}.", code="no-photographs"
        )
    stems = [path.stem for path in photos]
    for path in photos:
        yield path, into / f"{path.stem if stems.count(path.stem) == 1 else path.name}.png"
