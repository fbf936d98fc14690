"""`feedforward`: train styles into a network that paints in one pass, and paint with one."""

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
    named_styles,
    plan_from,
)
from engine.cli.outputs import FORMATS, batch_of, target_of
from engine.cli.session import Session, about, write
from engine.cli.training import keep_training
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
        help="train styles into a network that paints in one pass, or paint with one",
        description="Train styles into a network that paints in one pass, or paint with one.",
    )
    acts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, usage, words, add_options, run in (
        (
            "train",
            "style [style …] --photos DIR -o FILE.npz",
            "train a network on photographs; the same command goes on where it was interrupted",
            add_train_options,
            run_train,
        ),
        (
            "apply",
            "FILE.npz photo [-o FILE]",
            "paint a photograph, or a folder of them",
            add_apply_options,
            run_apply,
        ),
    ):
        act = acts.add_parser(
            name, usage=f"%(prog)s [options] {usage}", parents=[common], allow_abbrev=False, help=words
        )
        add_options(act)
        act.set_defaults(run=run)


def run_train(args: argparse.Namespace, session: Session) -> int:
    """Train, showing the losses; Ctrl-C keeps what was learned."""
    if args.output.suffix != ".npz":
        raise PasticheError(f"{args.output} must end in .npz.", code="output-format")
    plan = plan_from(args)
    styles = []
    for path in args.styles:
        with about(path):
            styles.append(images.read(path, min_side=64).rgb)
    with session.screen.status("Opening the network and measuring the styles…"):
        load_tensorflow()
        from engine.backbones import load_backbone  # noqa: PLC0415
        from engine.feedforward.photographs import Photographs  # noqa: PLC0415
        from engine.feedforward.training import FeedforwardTraining  # noqa: PLC0415

        photos = Photographs(args.photos, plan.side, plan.seed)
        recipe = Recipe(backbone=args.network, precision=args.precision)
        named = None if args.network == "compact" else session.weights(args.weights)
        backbone = load_backbone(
            recipe, named, cache=session.cache, precision_cache=session.cache / "precision.json"
        )
        training = FeedforwardTraining(plan, styles, photos, backbone)
    previewed = args.preview or photos.paths[:2]
    return keep_training(training, plan, args, previewed, session)


def run_apply(args: argparse.Namespace, session: Session) -> int:
    """Paint one photograph or a folder of them."""
    with session.screen.status("Opening the brush…"):
        load_tensorflow()
        from engine.feedforward.styles import FeedforwardStyles  # noqa: PLC0415

        built_in = args.network == Path(BUILT_IN)
        feedforward_styles = FeedforwardStyles.load(None if built_in else args.network)
    weights = named_styles(args.style) or {feedforward_styles.names[0]: 1.0}
    for name in weights:
        if name not in feedforward_styles.names:
            known = ", ".join(feedforward_styles.names)
            raise RecipeError(
                "style", f"There is no style “{name}” in it; there are {known}.", code="unknown-style"
            )
    if args.photo.is_dir():
        places = dict(batch_of(args.photo, args.output))
    else:
        places = {args.photo: target_of(args.output, f"{args.photo.stem}-{'-'.join(weights)}")}

    def paint(content: Floats) -> Floats:
        return feedforward_styles.apply(content, weights, size=args.size or max(content.shape[:2]))

    failed = 0
    for photo, target in places.items():
        try:
            _apply(photo, target, paint, session)
        except PasticheError as exc:
            if not args.photo.is_dir():
                raise
            failed += 1
            session.report(exc)
    if failed:
        raise PasticheError(
            f"{failed} of {len(places)} photographs could not be painted.", code="photographs-failed"
        )
    return 0


def _apply(photo: Path, target: Path, paint: Paint, session: Session) -> None:
    with about(photo):
        content = images.read(photo)
    began = time.monotonic()
    painted = paint(content.rgb)
    height, width = painted.shape[:2]
    alpha = None if content.alpha is None else images.resize(content.alpha, (height, width))
    write(target, images.encode(painted, FORMATS[target.suffix.lower()], alpha=alpha, dpi=content.dpi))
    session.say(f"{target}: {width} × {height}, painted in {time.monotonic() - began:.1f} s")
