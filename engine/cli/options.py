"""Make command line options from `Recipe`'s knobs, and a recipe from the options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.errors import RecipeError
from engine.imaging.images import FORMATS, read_history, read_recipe
from engine.imaging.metadata import parse_recipe
from engine.imaging.sniff import sniff
from engine.recipe import Recipe, knobs
from engine.recipe.history import History
from engine.recipe.knob import Knob

_PREFIX = "knob_"
_TITLES = {"main": "recipe", "advanced": "recipe, advanced (for people who know neural networks)"}
_WITHOUT_OPTION = ("feedforward_style",)
"""Choices without an option here, since a command of its own takes them."""
_PLACEHOLDERS = {"int": "N", "float": "X", "names": "NAME,…", "floats": "X,…"}


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for every choice of a recipe, with its bounds and default in the help."""
    groups = {name: parser.add_argument_group(title) for name, title in _TITLES.items()}
    default = Recipe()
    for name, knob in knobs().items():
        if name in _WITHOUT_OPTION:
            continue
        groups[knob.group].add_argument(
            *_flags(name),
            dest=_PREFIX + name,
            type=_parser(name, knob),
            metavar=_placeholder(knob),
            # An option that is not given leaves no attribute: None is a valid value of some.
            default=argparse.SUPPRESS,
            help=_help(knob, getattr(default, name)),
        )
    groups["main"].add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="start from the recipe in a JSON file, or in a picture that Pastiche made; "
        "options given as well take precedence",
    )


def recipe_from(args: argparse.Namespace) -> Recipe:
    """Return the recipe that the options ask for.

    Raises:
        RecipeError: the file given as --recipe holds no recipe, or the options do not fit together.
    """
    base = load_recipe(args.recipe) if args.recipe else Recipe()
    return base.changed(**given_options(args))


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from a JSON file, or from a picture that Pastiche made.

    Raises:
        RecipeError: the file holds no recipe, or an invalid one.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise RecipeError(
            "recipe", f"The recipe {path} cannot be read: {reason}.", code="file-unreadable"
        ) from exc
    if sniff(data[:1024]) not in FORMATS:
        return parse_recipe(data)
    recipe = read_recipe(data)
    if recipe is None:
        raise RecipeError(
            "recipe",
            f"{path} holds no recipe; only unedited pictures that Pastiche made hold one.",
            code="no-recipe",
        )
    return recipe


def load_history(path: Path, recipe: Recipe, given: Iterable[str]) -> History:
    """Read how a picture was painted; without a log, its recipe applied from start to end.

    Args:
        path: the picture, or a file with a recipe.
        recipe: the recipe in that file, as changed by the options.
        given: the fields that the options set.

    Raises:
        RecipeError: the log inside is damaged.
    """
    data = path.read_bytes()
    log = read_history(data) if sniff(data[:1024]) in FORMATS else None
    if log is None:
        return History(initial_recipe=recipe)
    return log.without(recipe, given) if recipe != load_recipe(path) else log


def given_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the recipe that the options set, with their values."""
    return {name: getattr(args, _PREFIX + name) for name in knobs() if hasattr(args, _PREFIX + name)}


def option_name(name: str) -> str:
    """Return the option that sets a field of the recipe."""
    return _flags(name)[0]


def _flags(name: str) -> list[str]:
    flag = "--" + name.replace("_", "-")
    return [flag, flag.replace("colour", "color")] if "colour" in flag else [flag]


def _parser(name: str, knob: Knob) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return knob.parse(name, text)
        except RecipeError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

    return parse


def _placeholder(knob: Knob) -> str:
    return "|".join(knob.choices) if knob.value_type == "choice" else _PLACEHOLDERS[knob.value_type]


def _help(knob: Knob, default: object) -> str:
    number = isinstance(default, (int, float))
    stated = "" if default in (None, ()) else f"; default {f'{default:g}' if number else default}"
    return f"{knob.help} ({knob.bounds}{stated})".replace("%", "%%")
