"""`paint` and `replay`: paint a photograph, or a folder of photographs, in the style of pictures."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from engine.cli.inputs import PaintInputs, add_arguments, read_inputs, validated_recipe
from engine.cli.outputs import FORMATS, batch_outputs, output_path
from engine.cli.progress import Snapshots, interrupt_handler, progress_display
from engine.cli.session import Session, prefix_errors, write
from engine.errors import PasticheError
from engine.imaging import images
from engine.recipe.paper import result_dpi, result_size

INTERRUPTED = 130

SO_FAR = "this is the picture so far"
REPLAYED_TO = "{target}: stopped at step {step}, where the replayed picture was stopped"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands."""
    parser = commands.add_parser(
        "paint",
        usage="%(prog)s [options] photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="paint a photograph, or a folder of photographs",
        description="Paint a photograph, or a folder of photographs, in the style of one to four pictures.",
    )
    add_arguments(parser)
    parser.set_defaults(run=run)
    replay = commands.add_parser(
        "replay",
        usage="%(prog)s [options] picture photo style [style …] [-o FILE]",
        parents=[common],
        allow_abbrev=False,
        help="repeat a painting, by the recipe inside a picture that Pastiche made",
        description="Paint by the recipe inside a picture that Pastiche made, with the same changes, "
        "resumptions and stop at the same steps. Options given here take precedence.",
    )
    replay.add_argument("recipe", type=Path, metavar="picture", help="a picture that Pastiche made")
    add_arguments(replay)
    replay.set_defaults(run=run, replays=True)


def run(args: argparse.Namespace, session: Session) -> int:
    """Paint one photograph, or all photographs in a folder."""
    recipe = validated_recipe(args)
    photos = _outputs(args)
    if args.save_recipe:
        write(args.save_recipe, (json.dumps(recipe.to_dict(), indent=2) + "\n").encode())
    inputs = read_inputs(args, recipe, session)
    failed = 0
    for photo, target in photos.items():
        snapshot_folder = (
            args.snapshots / target.stem if args.snapshots and args.photo.is_dir() else args.snapshots
        )
        try:
            completed = _paint(photo, target, inputs, snapshot_folder, session)
        except PasticheError as exc:
            if not args.photo.is_dir():
                raise
            failed += 1
            session.report(exc)
        else:
            if not completed:
                return INTERRUPTED
    if failed:
        raise PasticheError(
            f"{failed} of {len(photos)} photographs could not be painted.", code="photographs-failed"
        )
    return 0


def _paint(
    photo: Path, target: Path, inputs: PaintInputs, snapshot_folder: Path | None, session: Session
) -> bool:
    """Paint one photograph and write it; return False if Ctrl-C interrupted it."""
    started = time.monotonic()
    with prefix_errors(photo):
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
    snapshots = Snapshots(snapshot_folder, size) if snapshot_folder else None
    with interrupt_handler(session) as interrupt, progress_display(photo.name, session) as show:
        while not painting.finished and not interrupt.interrupted and painting.step != inputs.replay.stopped:
            report = painting.advance()
            show(report.progress, report.scale)
            if snapshots:
                snapshots.keep(painting)
    picture = images.resize(painting.picture(), size)
    alpha = None if content.alpha is None else images.resize(content.alpha, size)
    format = FORMATS[target.suffix.lower()]
    recipe, history = painting.recipe, painting.history
    data = images.encode(
        picture, format, alpha=alpha, dpi=result_dpi(recipe, content.dpi), recipe=recipe, history=history
    )
    write(target, data)
    seconds = time.monotonic() - started
    if painting.finished:
        session.say(f"{target}: {size[1]} × {size[0]}, painted in {seconds:.1f} s")
    elif interrupt.interrupted:
        session.say(f"{target}: stopped at {painting.progress:.0%}; {SO_FAR}")
    else:
        session.say(REPLAYED_TO.format(target=target, step=painting.step))
    return not interrupt.interrupted


def _outputs(args: argparse.Namespace) -> dict[Path, Path]:
    """Return each photograph with the path for its painting, checked so that it can be written."""
    if args.photo.is_dir():
        return dict(batch_outputs(args.photo, args.output))
    return {args.photo: output_path(args.output, f"{args.photo.stem}-{args.styles[0].stem}")}
