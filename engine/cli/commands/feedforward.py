"""`feedforward`: train a network that paints in one pass, or paint with one."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.cli.feedforward_options import (
    BUILT_IN,
    add_apply_options,
    add_train_options,
    parse_style_weights,
    plan_from,
)
from engine.cli.files.batch import batch_targets, paint_batch
from engine.cli.files.targets import FORMATS, picture_target, refuse_inputs, try_target, write_result
from engine.cli.session import OK, Session, prefix_errors
from engine.cli.training import run_training, try_training
from engine.errors import PasticheError, RecipeError
from engine.imaging import images
from engine.imaging.decoding import Floats
from engine.quiet import load_tensorflow
from engine.recipe import Recipe

Paint = Callable[[Floats], Floats]


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command, with `train` and `apply` under it."""
    parser = commands.add_parser(
        "feedforward",
        allow_abbrev=False,
        help="instant styles: train a network that paints in one pass, or paint with one",
        description="Instant styles: train a network that paints in one pass, or paint with one.",
    )
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, usage, description, add_options, run in (
        (
            "train",
            "style [style …] --photos DIR -o FILE.npz",
            "train a network on photographs; to continue an interrupted training, run the same command again",
            add_train_options,
            run_train,
        ),
        (
            "apply",
            "FILE.npz photo [-o FILE]",
            "paint a photograph, or a folder of photographs, in one pass",
            add_apply_options,
            run_apply,
        ),
    ):
        subcommand = subcommands.add_parser(
            name,
            usage=f"%(prog)s [options] {usage}",
            parents=[common],
            allow_abbrev=False,
            help=description,
            description=f"{description[0].upper()}{description[1:]}.",
        )
        add_options(subcommand)
        subcommand.set_defaults(run=run)


def run_train(args: argparse.Namespace, session: Session) -> int:
    """Train and print the losses; Ctrl-C keeps what was learned."""
    if args.output.suffix != ".npz":
        raise PasticheError(f"{args.output} must end in .npz.", code="output-format")
    plan = plan_from(args)
    photos_in = _files(args.photos)
    refuse_inputs(
        [args.output, args.log],
        [*args.styles, *(args.preview or ()), *photos_in, session.weights(args.weights)],
    )
    try_training(args)
    styles = []
    for path in args.styles:
        with prefix_errors(path):
            styles.append(images.read(path, min_side=64).rgb)
    with session.stderr.status("Opening the network and measuring the styles…"):
        load_tensorflow()
        from engine.backbones import load_backbone  # noqa: PLC0415
        from engine.feedforward.photographs import Photographs  # noqa: PLC0415
        from engine.feedforward.training import FeedforwardTraining  # noqa: PLC0415

        photos = Photographs(args.photos, plan.side, plan.seed)
        recipe = Recipe(backbone=args.network, precision=args.precision)
        weights = None if args.network == "compact" else session.weights(args.weights)
        backbone = load_backbone(
            recipe, weights, cache=session.cache, precision_cache=session.cache / "precision.json"
        )
        training = FeedforwardTraining(plan, styles, photos, backbone)
    return run_training(training, plan, args, photos.paths, session)


def run_apply(args: argparse.Namespace, session: Session) -> int:
    """Paint one photograph or a folder of them."""
    weights = parse_style_weights(args.style)
    if args.photo.is_dir():
        targets = batch_targets(args.photo, args.output)
    else:
        # Without a style, the name of the network's first one will be in the name.
        targets = {args.photo: picture_target(args.output, f"{args.photo.stem}-{'-'.join(weights)}")}
        try_target(targets[args.photo])
    refuse_inputs(targets.values(), [*targets, args.network])
    with session.stderr.status("Opening the network…"):
        load_tensorflow()
        from engine.feedforward.styles import FeedforwardStyles  # noqa: PLC0415

        built_in = args.network == Path(BUILT_IN)
        styles = FeedforwardStyles.load(None if built_in else args.network)
    weights = weights or {styles.names[0]: 1.0}
    for name in weights:
        if name not in styles.names:
            known = ", ".join(styles.names)
            raise RecipeError(
                "style", f"This network has no style “{name}”; it has {known}.", code="unknown-style"
            )
    if not args.style and not args.output and not args.photo.is_dir():
        targets = {args.photo: picture_target(None, f"{args.photo.stem}-{styles.names[0]}")}

    def paint(content: Floats) -> Floats:
        return styles.apply(content, weights, size=args.size or max(content.shape[:2]))

    def paint_one(photo: Path, target: Path) -> bool:
        _apply(photo, target, paint, session)
        return True

    if args.photo.is_dir():
        return paint_batch(targets, paint_one, session, overwrite=args.overwrite)
    for photo, target in targets.items():
        paint_one(photo, target)
    return OK


def _apply(photo: Path, target: Path, paint: Paint, session: Session) -> None:
    with prefix_errors(photo):
        content = images.read(photo)
    try_target(target, content.rgb.size)
    started = time.monotonic()
    painted = paint(content.rgb)
    height, width = painted.shape[:2]
    alpha = None if content.alpha is None else images.resize(content.alpha, (height, width))
    write_result(target, images.encode(painted, FORMATS[target.suffix.lower()], alpha=alpha, dpi=content.dpi))
    session.say(f"{target}: {width} × {height}, painted in {time.monotonic() - started:.1f} s")


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{folder} cannot be read: {reason}.", code="folder-unreadable") from exc
