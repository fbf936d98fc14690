"""`weights`: download VGG19's weights, or show which file is used."""

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
    "VGG19's weights are not on this machine, so the built-in compact network paints; "
    "`python -m engine weights fetch` downloads them (80 MB)."
)
FETCHED = "{name}'s weights are in {path}; they are the file that Keras publishes."
ALL_LAYERS = "all layers"
FIRST_LAYERS = "the first {count} layers, up to {last}"
PUBLISHED = "the file that Keras publishes"
NOT_PUBLISHED = "not the file that Keras publishes"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command, with `fetch` and `status` under it."""
    parser = commands.add_parser(
        "weights",
        allow_abbrev=False,
        help="download VGG19's weights, or show where they are",
        description="Download VGG19's weights, or show where they are.",
    )
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    fetch = subcommands.add_parser(
        "fetch", parents=[common], help="download the weights from Keras's server (80 MB)"
    )
    fetch.add_argument(
        "--network",
        choices=("vgg19", "vgg16"),
        default="vgg19",
        help="the network whose weights to download (default vgg19; vgg16 has 59 MB)",
    )
    fetch.set_defaults(run=run_fetch)
    status = subcommands.add_parser(
        "status", parents=[common], help="show which file is used, and what it holds"
    )
    status.add_argument("--weights", type=Path, metavar="FILE", help="show this file instead")
    status.set_defaults(run=run_status)
    for subcommand in (fetch, status):
        subcommand.add_argument(
            "--cache", type=Path, metavar="DIR", help="a folder to use instead of the user's cache"
        )


def run_fetch(args: argparse.Namespace, session: Session) -> int:
    """Download the weights with a progress bar, resuming where an earlier download broke off."""
    published = {"vgg19": weights.VGG19, "vgg16": weights.VGG16}[args.network]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=session.stderr, transient=True) as bar:
        task = bar.add_task(published.name, total=None)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        path = weights.fetch(published, cache=args.cache or session.cache, progress=show)
    session.say(FETCHED.format(name=published.name, path=path))
    return 0


def run_status(args: argparse.Namespace, session: Session) -> int:
    """Print which file is used, and what it holds."""
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
