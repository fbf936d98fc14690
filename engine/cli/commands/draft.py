"""`draft`: paint a photograph in any style, in one pass through the built-in networks."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from engine.cli.feedforward_options import float_within, int_within
from engine.cli.files.targets import FORMATS, picture_target, refuse_inputs, try_target, write_result
from engine.cli.session import Session, prefix_errors
from engine.imaging import images
from engine.quiet import load_tensorflow


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "draft",
        usage="%(prog)s [options] photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="draft a painting in any style, in about a second",
        description="Draft a painting of a photograph in one to four styles, in one pass of a network.",
    )
    parser.add_argument("photo", type=Path, help="the photograph")
    parser.add_argument("styles", type=Path, nargs="+", metavar="style", help="a picture whose style to take")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write the draft, a .png, .jpg or .webp file",
    )
    parser.add_argument(
        "--size", type=int_within(64, 2048), default=512, metavar="N", help="longer side in px (default 512)"
    )
    parser.add_argument(
        "--weight",
        dest="shares",
        type=float_within(0, 100),
        action="append",
        metavar="X",
        help="the share of a style; give one for each style, in the same order",
    )
    percent = float_within(0, 100)
    parser.add_argument(
        "--strength",
        type=percent,
        default=100.0,
        metavar="X",
        help="how strong the styles are, in %% (default 100)",
    )
    parser.add_argument(
        "--keep-colours",
        "--keep-colors",
        type=percent,
        default=0.0,
        metavar="X",
        help="how much of the photo's own colours to keep, in %% (default 0)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Draft, and print how long it took."""
    target = picture_target(args.output, f"{args.photo.stem}-{args.styles[0].stem}-draft")
    refuse_inputs([target], [args.photo, *args.styles])
    try_target(target, args.size**2)
    pictures = []
    for path in (args.photo, *args.styles):
        with prefix_errors(path):
            pictures.append(images.read(path))
    photo, *styles = pictures
    with session.stderr.status("Opening the networks…"):
        load_tensorflow()
        from engine.feedforward.draft import Drafter  # noqa: PLC0415

        drafter = Drafter.load()
    started = time.monotonic()
    draft = drafter.draft(
        photo.rgb,
        [style.rgb for style in styles],
        weights=args.shares,
        strength=args.strength,
        keep_colours=args.keep_colours,
        size=args.size,
    )
    height, width = draft.shape[:2]
    alpha = None if photo.alpha is None else images.resize(photo.alpha, (height, width))
    write_result(target, images.encode(draft, FORMATS[target.suffix.lower()], alpha=alpha, dpi=photo.dpi))
    session.say(f"{target}: {width} × {height}, drafted in {time.monotonic() - started:.1f} s")
    return 0
