"""Where paintings go: files that the user named, and folders of photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.cli.session import ensure_folder
from engine.errors import PasticheError
from engine.imaging import images
from engine.imaging.sniff import is_picture

FORMATS: dict[str, images.Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def output_path(output: Path | None, default_stem: str) -> Path:
    """Return the path for a picture, checked so that it can be written.

    Args:
        output: the path that the user named, if any.
        default_stem: the name, without suffix, of the PNG in the current folder that is
            used otherwise; it gets a number if that name is taken.

    Raises:
        PasticheError: the picture cannot be written there.
    """
    if output is None:
        return _unused(Path(f"{default_stem}.png"))
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
    """Return the path, with a number if it is taken, so that a name chosen by us overwrites nothing."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def batch_outputs(folder: Path, output: Path | None) -> Iterator[tuple[Path, Path]]:
    """Yield each photograph in a folder, and the path for its painting.

    Raises:
        PasticheError: there are no photographs, or the folder for paintings cannot be made.
    """
    target = ensure_folder(output or Path(f"{folder.resolve().name}-painted"))
    photos = sorted(path for path in folder.iterdir() if path.is_file() and is_picture(path))
    if not photos:
        raise PasticheError(
            f"There is no JPEG, PNG, WebP or AVIF picture in {folder}.", code="no-photographs"
        )
    stems = [path.stem for path in photos]
    for path in photos:
        yield path, target / f"{path.stem if stems.count(path.stem) == 1 else path.name}.png"
