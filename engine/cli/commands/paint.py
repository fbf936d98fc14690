"""`paint` and `replay`: paint a photograph, or a folder of photographs, in the style of pictures."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.cli.files.batch import batch_targets, paint_batch
from engine.cli.files.checkpoint_file import exists_for
from engine.cli.files.loss_log import COLUMNS, read_rows
from engine.cli.files.targets import (
    default_path,
    ensure_folder,
    picture_target,
    refuse_inputs,
    try_target,
    unused,
    write,
)
from engine.cli.inputs import add_arguments, read_inputs, source_files, validated_recipe
from engine.cli.paint_run import Keep, PaintRun
from engine.cli.session import INTERRUPTED, OK, Session
from engine.errors import PasticheError


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
    folder = args.photo if args.photo.is_dir() else None
    targets = batch_targets(folder, args.output) if folder else {args.photo: _target(args)}
    refuse_inputs([*targets.values(), args.save_recipe, args.log], [*targets, *source_files(args, session)])
    _try_targets(args, [] if folder else targets.values())
    if args.save_recipe:
        write(args.save_recipe, (json.dumps(recipe.to_dict(), indent=2) + "\n").encode())
    inputs = read_inputs(args, recipe, session)

    def paint(photo: Path, target: Path) -> bool:
        snapshots = args.snapshots / target.stem if args.snapshots and folder else args.snapshots
        keep = Keep(resume=args.resume, every=args.save_every, log=args.log, snapshots=snapshots)
        run = PaintRun(photo, target, inputs, keep, session)
        try:
            written = run.paint()
        except PasticheError as exc:
            if not run.interrupted:
                raise
            session.report(exc)
            return False
        return written and not (folder and run.interrupted)

    if folder:
        return paint_batch(targets, paint, session, overwrite=args.overwrite)
    ((photo, target),) = targets.items()
    return OK if paint(photo, target) else INTERRUPTED


def _target(args: argparse.Namespace) -> Path:
    """Return the path for the painting of one photograph."""
    stem = f"{args.photo.stem}-{args.styles[0].stem}"
    if args.output:
        return picture_target(args.output, stem)
    # A name that was chosen here is free if neither a painting nor an interrupted one has it.
    path = default_path(stem)
    if args.resume:
        return unused(path, lambda candidate: os.path.lexists(candidate) and not exists_for(candidate))
    return unused(path, lambda candidate: os.path.lexists(candidate) or exists_for(candidate))


def _try_targets(args: argparse.Namespace, targets: Iterable[Path]) -> None:
    """Try every place that will be written to, before the slow part."""
    for path in (*targets, args.save_recipe, args.log):
        if path:
            try_target(path)
    if args.log:
        read_rows(args.log, COLUMNS)
    if args.snapshots:
        try_target(unused(ensure_folder(args.snapshots) / "frame.png"))
