"""`draft`: a photograph in any style, in one pass of the networks that are built in."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from engine.cli.feedforward_options import number, whole
from engine.cli.outputs import FORMATS, target_of
from engine.cli.session import Session, about, write
from engine.imaging import images
from engine.quiet import load_tensorflow


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "draft",
        usage="%(prog)s [options] photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="draft a photograph in any style, in a second",
        description="Draft a photograph in one to four styles, in one pass.",
    )
    parser.add_argument("photo", type=Path, help="the photograph")
    parser.add_argument("styles", type=Path, nargs="+", metavar="style", help="a picture whose style to take")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the draft, .png, .jpg or .webp")
    parser.add_argument(
        "--size", type=whole(64, 2048), default=512, metavar="N", help="longer side in px (default 512)"
    )
    parser.add_argument(
        "--weight",
        dest="shares",
        type=number(0, 100),
        action="append",
        metavar="X",
        help="a style's share; once for each style in their order",
    )
    percent = number(0, 100)
    parser.add_argument(
        "--strength", type=percent, default=100.0, metavar="X", help="how far towards the styles, in %% (100)"
    )
    parser.add_argument(
        "--keep-colours",
        "--keep-colors",
        type=percent,
        default=0.0,
        metavar="X",
        help="how much of the photo's own colours to keep, in %% (0)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Draft, and say how long that took."""
    target = target_of(args.output, f"{args.photo.stem}-{args.styles[0].stem}-draft")
    pictures = []
    for path in (args.photo, *args.styles):
        with about(path):
            pictures.append(images.read(path))
    photo, *styles = pictures
    with session.screen.status("Opening the networks…"):
        load_tensorflow()
        from engine.feedforward.draft import Drafter  # noqa: PLC0415

        drafter = Drafter.load()
    began = time.monotonic()
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
    write(target, images.encode(draft, FORMATS[target.suffix.lower()], alpha=alpha, dpi=photo.dpi))
    session.say(f"{target}: {width} × {height}, drafted in {time.monotonic() - began:.1f} s")
    return 0
