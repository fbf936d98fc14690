"""`paint` and `replay`: a photograph, or a folder of them, in the style of pictures."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from engine.cli.inputs import PaintInputs, add_arguments, checked_recipe, read_inputs
from engine.cli.outputs import FORMATS, batch_of, target_of
from engine.cli.progress import Snapshots, interrupt_handler, shown
from engine.cli.session import Session, about, write
from engine.errors import PasticheError
from engine.imaging import images
from engine.recipe.paper import result_dpi, result_size

INTERRUPTED = 130

SO_FAR = "this is the picture so far"
REPLAYED_TO = "{target}: stopped at step {step}, as the picture was that is replayed"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands."""
    parser = commands.add_parser(
        "paint",
        usage="%(prog)s [options] photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="paint a photograph, or a folder of them",
        description="Paint a photograph, or a folder of them, in the style of one to four pictures.",
    )
    add_arguments(parser)
    parser.set_defaults(run=run)
    replay = commands.add_parser(
        "replay",
        usage="%(prog)s [options] picture photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="paint again by the recipe inside a picture that Pastiche made",
        description="Paint by the recipe inside a picture that Pastiche made, and do again what was steered, "
        "resumed or stopped at the same steps; options given here win.",
    )
    replay.add_argument("recipe", type=Path, metavar="picture", help="the picture that Pastiche made")
    add_arguments(replay)
    replay.set_defaults(run=run, replays=True)


def run(args: argparse.Namespace, session: Session) -> int:
    """Paint what was asked for."""
    recipe = checked_recipe(args)
    photos = _places(args)
    if args.save_recipe:
        write(args.save_recipe, (json.dumps(recipe.to_dict(), indent=2) + "\n").encode())
    inputs = read_inputs(args, recipe, session)
    failed = 0
    for photo, target in photos.items():
        kept_in = args.snapshots / target.stem if args.snapshots and args.photo.is_dir() else args.snapshots
        try:
            whole = _paint(photo, target, inputs, kept_in, session)
        except PasticheError as exc:
            if not args.photo.is_dir():
                raise
            failed += 1
            session.report(exc)
        else:
            if not whole:
                return INTERRUPTED
    if failed:
        raise PasticheError(
            f"{failed} of {len(photos)} photographs could not be painted.", code="photographs-failed"
        )
    return 0


def _paint(photo: Path, target: Path, inputs: PaintInputs, kept_in: Path | None, session: Session) -> bool:
    """Paint one photograph and write it; return whether nobody interrupted it."""
    began = time.monotonic()
    with about(photo):
        content = images.read(photo)
    backbone = inputs.backbone
    from engine.feedforward.draft import built_in_drafter  # noqa: PLC0415
    from engine.painting import Painting  # noqa: PLC0415

    painting = Painting.begin(
        content.rgb,
        inputs.styles,
        inputs.replay.initial_recipe,
        backbone=backbone,
        masks=inputs.masks,
        content_mask=inputs.content_mask,
        start_image=inputs.start_image,
        drafter=built_in_drafter,
        replay=inputs.replay,
    )
    size = result_size(inputs.recipe, content.size)
    snapshots = Snapshots(kept_in, size) if kept_in else None
    with interrupt_handler(session) as waiting, shown(photo.name, session) as show:
        while not painting.finished and not waiting.lost and painting.step != inputs.replay.stopped:
            frame = painting.advance()
            show(frame.progress, frame.scale)
            if snapshots:
                snapshots.keep(painting)
    picture = images.resize(painting.picture(), size)
    alpha = None if content.alpha is None else images.resize(content.alpha, size)
    kind = FORMATS[target.suffix.lower()]
    recipe, history = painting.recipe, painting.history
    whole = images.encode(
        picture, kind, alpha=alpha, dpi=result_dpi(recipe, content.dpi), recipe=recipe, history=history
    )
    write(target, whole)
    seconds = time.monotonic() - began
    if painting.finished:
        session.say(f"{target}: {size[1]} × {size[0]}, painted in {seconds:.1f} s")
    elif waiting.lost:
        session.say(f"{target}: stopped at {painting.progress:.0%}; {SO_FAR}")
    else:
        session.say(REPLAYED_TO.format(target=target, step=painting.step))
    return not waiting.lost


def _places(args: argparse.Namespace) -> dict[Path, Path]:
    """Return each photograph and where its painting goes, sure that it can go there."""
    if args.photo.is_dir():
        return dict(batch_of(args.photo, args.output))
    return {args.photo: target_of(args.output, f"{args.photo.stem}-{args.styles[0].stem}")}
