"""`inspect`: what recipe a picture was made by."""

from __future__ import annotations

import argparse
import json
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from typing import Any

from engine.cli.options import load_history, load_recipe, option_of
from engine.cli.session import Session
from engine.recipe import Recipe, knobs
from engine.recipe.history import History

BEGUN = "begun with {choices}"
AFTER = "after step {step}: {what}"
RESUMED = "resumed from a checkpoint"
STOPPED = "stopped"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "inspect",
        parents=[common],
        allow_abbrev=False,
        help="print the recipe inside a picture that Pastiche made",
        description="Print the recipe inside a picture that Pastiche made.",
    )
    parser.add_argument("picture", type=Path, help="a picture that Pastiche made, or a recipe's JSON file")
    parser.add_argument("--json", action="store_true", help="as JSON, for paint --recipe")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Print a recipe; an asterisk marks what is not the default."""
    recipe = load_recipe(args.picture)
    if args.json:
        session.print(json.dumps(recipe.to_dict(), indent=2))
        return 0
    changed = Recipe().differences(recipe)
    width = max(len(option_of(name)) for name in knobs())
    for name, knob in knobs().items():
        mark = "*" if name in changed else " "
        session.print(
            f"{mark} {option_of(name):<{width}}  {_shown(getattr(recipe, name), knob.unit)}".rstrip()
        )
    _print_log(load_history(args.picture, recipe, ()), session)
    return 0


def _print_log(log: History, session: Session) -> None:
    """Print what happened while it was painted, if anything did; `replay` does it again."""
    if log.changes:
        begun = ", ".join(_change(name, value) for name, value in log.to_dict()["begun"].items())
        session.print("\n" + BEGUN.format(choices=begun))
    happened = [(c.step, ", ".join(starmap(_change, c.values.items()))) for c in log.changes]
    happened += [(step, RESUMED) for step in log.resumed]
    happened += [] if log.stopped is None else [(log.stopped, STOPPED)]
    for step, what in sorted(happened, key=itemgetter(0)):
        session.print(AFTER.format(step=step, what=what))


def _change(name: str, value: object) -> str:
    return (
        f"{option_of(name)} {_shown(tuple(value) if isinstance(value, list) else value, knobs()[name].unit)}"
    )


def _shown(value: object, unit: str) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, tuple):
        return ",".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}".rstrip()
