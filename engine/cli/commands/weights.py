"""`weights`: where the network's weights are, and bringing them here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from engine.backbones import weights
from engine.cli.session import Session
from engine.errors import WeightsError

BUILT_IN = (
    "VGG19 is not here, so the built-in compact network paints; "
    "`python -m engine weights fetch` brings VGG19 (80 MB)."
)
FETCHED = "{name}'s weights are in {path}, and are what Keras publishes."
ALL_LAYERS = "all layers"
FIRST_LAYERS = "the first {count} layers, up to {last}"
PUBLISHED = "what Keras publishes"
NOT_PUBLISHED = "not the file that Keras publishes"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command, with `fetch` and `status` under it."""
    parser = commands.add_parser(
        "weights",
        allow_abbrev=False,
        help="fetch VGG19's weights, or say where they are",
        description="Fetch VGG19's weights, or say where they are.",
    )
    acts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    fetch = acts.add_parser("fetch", parents=[common], help="download them from Keras's own address (80 MB)")
    fetch.add_argument(
        "--network",
        choices=("vgg19", "vgg16"),
        default="vgg19",
        help="whose to fetch (default vgg19; vgg16 has 59 MB)",
    )
    fetch.set_defaults(run=run_fetch)
    status = acts.add_parser("status", parents=[common], help="say which file is used and what it holds")
    status.add_argument("--weights", type=Path, metavar="FILE", help="look at this file")
    status.set_defaults(run=run_status)
    for act in (fetch, status):
        act.add_argument("--cache", type=Path, metavar="DIR", help="another folder than the user's cache")


def run_fetch(args: argparse.Namespace, session: Session) -> int:
    """Download the weights, with progress; goes on where it broke off."""
    published = {"vgg19": weights.VGG19, "vgg16": weights.VGG16}[args.network]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=session.screen, transient=True) as bar:
        task = bar.add_task(published.name, total=None)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        path = weights.fetch(published, cache=args.cache or session.cache, progress=show)
    session.say(FETCHED.format(name=published.name, path=path))
    return 0


def run_status(args: argparse.Namespace, session: Session) -> int:
    """Print which file is used and what it holds."""
    found = weights.status(session.weights(args.weights), cache=args.cache or session.cache)
    if found.path is None or found.problem:
        raise WeightsError(found.problem or "", code=found.code)
    if found.network == "compact":
        session.print(f"{found.path}\n{BUILT_IN}")
        return 0
    some = FIRST_LAYERS.format(count=len(found.layers), last=found.layers[-1])
    holds = ALL_LAYERS if found.complete else some
    published = PUBLISHED if weights.is_published(found.path) else NOT_PUBLISHED
    session.print(f"{found.path}\n{weights.VGG19.name}: {holds}; {published}")
    return 0
