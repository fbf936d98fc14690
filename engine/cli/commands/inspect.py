"""`inspect`: print the recipe that a picture was painted by."""

from __future__ import annotations

import argparse
import json
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from typing import Any

from engine.cli.options import load_history, load_recipe, option_name
from engine.cli.session import Session
from engine.recipe import Recipe, knobs
from engine.recipe.history import History

STARTED = "started with {choices}"
AFTER = "after step {step}: {what}"
RESUMED = "resumed from a checkpoint"
STOPPED = "stopped"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the parser of `inspect`."""
    parser = commands.add_parser(
        "inspect",
        parents=[common],
        allow_abbrev=False,
        help="print the recipe inside a picture that Pastiche made",
        description="Print the recipe inside a picture that Pastiche made.",
    )
    parser.add_argument(
        "picture", type=Path, help="a picture that Pastiche made, or a JSON file with a recipe"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON, for paint --recipe")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Print a recipe; an asterisk marks every setting that differs from the default."""
    recipe = load_recipe(args.picture)
    if args.json:
        session.print(json.dumps(recipe.to_dict(), indent=2))
        return 0
    changed = Recipe().differences(recipe)
    width = max(len(option_name(name)) for name in knobs())
    for name, knob in knobs().items():
        mark = "*" if name in changed else " "
        session.print(
            f"{mark} {option_name(name):<{width}}  {_formatted(getattr(recipe, name), knob.unit)}".rstrip()
        )
    _print_history(load_history(args.picture, recipe, ()), session)
    return 0


def _print_history(history: History, session: Session) -> None:
    """Print the changes, interruptions and early end of a painting, if there were any."""
    if history.changes:
        choices = ", ".join(
            _format_setting(name, value) for name, value in history.to_dict()["begun"].items()
        )
        session.print("\n" + STARTED.format(choices=choices))
    events = [(c.step, ", ".join(starmap(_format_setting, c.values.items()))) for c in history.changes]
    events += [(step, RESUMED) for step in history.resumed]
    events += [] if history.stopped is None else [(history.stopped, STOPPED)]
    for step, what in sorted(events, key=itemgetter(0)):
        session.print(AFTER.format(step=step, what=what))


def _format_setting(name: str, value: object) -> str:
    value = tuple(value) if isinstance(value, list) else value
    return f"{option_name(name)} {_formatted(value, knobs()[name].unit)}"


def _formatted(value: object, unit: str) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, tuple):
        return ",".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}".rstrip()
