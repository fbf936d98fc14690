"""`film`: make a film from a folder of pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from engine.cli.files.targets import refuse_inputs, try_target, unused, write_result
from engine.cli.session import Session, prefix_errors
from engine.errors import ImageError
from engine.imaging import images
from engine.imaging.film_formats import FILM_FORMATS, FilmFormat

_EXPECTED_BYTES = 1_000_000
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".avif"}


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "film",
        usage="%(prog)s [options] snapshots [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="make a film from a folder of pictures, such as those that paint --snapshots keeps",
        description="Make a film from the pictures in a folder, in the order of their names. If there are "
        "more than 60, only 60 are used, evenly spaced.",
    )
    parser.add_argument("snapshots", type=Path, help="the folder, such as paint --snapshots fills")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write the film, a .mp4, .gif or .webp file (default film.mp4, or one with a number)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Make a film, and write it."""
    from engine.film import timelapse  # noqa: PLC0415  (slow to import)

    target = args.output or unused(Path("film.mp4"))
    format = _format_of(target, FILM_FORMATS)
    pictures = _pictures(args.snapshots)
    refuse_inputs([target], pictures)
    try_target(target, _EXPECTED_BYTES)
    paths = timelapse.pick_evenly(pictures)
    frames: list[timelapse.Bytes] = []
    size = 0, 0
    # From the end, since the last picture is the largest and sets the size of the film.
    for path in reversed(paths):
        with prefix_errors(path):
            picture = images.read(path, min_side=1).rgb
        size = size if frames else timelapse.film_size((picture.shape[0], picture.shape[1]))
        frames.append(timelapse.film_frame(picture, size))
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=session.stderr, transient=True) as bar:
        task = bar.add_task(target.name, total=1.0)
        data = timelapse.encode_film(
            frames[::-1], format, progress=lambda share: bar.update(task, completed=share)
        )
    write_result(target, data)
    session.say(f"{target}: {len(frames)} pictures, {len(data) / 1e6:.1f} MB")
    return 0


def _format_of(path: Path, formats: tuple[FilmFormat, ...]) -> FilmFormat:
    for format in formats:
        if path.suffix.lower() == f".{format}":
            return format
    raise ImageError(
        f"The name of a film must end in .mp4, .gif or .webp, unlike “{path.name}”.", code="film-format"
    )


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ImageError(f"There is no folder {folder}; paint --snapshots makes one.", code="folder-missing")
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not pictures:
        raise ImageError(f"{folder} holds no pictures; paint --snapshots keeps some.", code="film-empty")
    return pictures
