"""The options of `feedforward_style train` and `feedforward_style apply`, and what they mean."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RecipeError

if TYPE_CHECKING:
    from engine.feedforward.plan import TrainingPlan

MAX_FEEDFORWARD_STYLES = 32
BUILT_IN = "built-in"
"""What the network of brushes that ships is called."""


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add what a training is told; the rest of its defaults is `TrainingPlan`'s."""
    parser.add_argument("styles", type=Path, nargs="+", metavar="style", help="a picture to learn from")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs to train on")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE.npz", help="the trained network"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="checkpoint, log and previews (FILE-training)"
    )
    parser.add_argument("--titles", nargs="+", metavar="TITLE", help="one for each style, to be shown")
    parser.add_argument(
        "--network", choices=("auto", "vgg19", "compact"), default="auto", help="whose features judge"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="VGG19's weights (else VGG19_WEIGHTS)")
    parser.add_argument(
        "--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of that network"
    )
    parser.add_argument(
        "--preview", type=Path, nargs="+", metavar="PHOTO", help="what previews show (else two of DIR)"
    )
    parser.add_argument(
        "--preview-every",
        type=whole(1, 10**6),
        default=250,
        metavar="N",
        help="steps between previews (250)",
    )
    plan = parser.add_argument_group("the training").add_argument
    plan("--side", type=whole(32, 1024), metavar="N", help="of the crops, in px (256)")
    plan("--batch", type=whole(1, 64), metavar="N", help="crops a step (4)")
    plan("--steps", type=whole(1, 10**6), metavar="N", help="how many (4000)")
    plan("--minutes", type=number(0.01, 1e5), metavar="X", help="end after so long, all runs together")
    plan("--rate", type=number(1e-6, 1), metavar="X", help="Adam's (0.001)")
    plan("--seed", type=whole(0, 2**31 - 1), metavar="N", help="of weights and crops (0)")
    plan("--strength", type=number(0, 100), metavar="X", help="as of a painting, in %% (50)")
    plan("--smoothness", type=number(0, 100), metavar="X", help="as of a painting, in %% (20)")
    plan(
        "--style-sides",
        type=wholes(64, 2048),
        metavar="N,…",
        help="longer sides at which the styles are measured (256,384,512)",
    )
    plan("--norm", choices=("instance", "batch"), help="normalisation (instance)")
    plan("--widths", type=wholes(4, 256), metavar="N,N,N", help="channels, full to quarter size (16,32,64)")
    plan("--blocks", type=whole(1, 16), metavar="N", help="residual blocks (5)")


def plan_from(args: argparse.Namespace) -> TrainingPlan:
    """Return the plan that the options ask for.

    Raises:
        RecipeError: choices do not fit together.
    """
    from engine.feedforward.plan import TrainingPlan  # noqa: PLC0415

    names = tuple(path.stem.lower().replace(" ", "_") for path in args.styles)
    if len(set(names)) < len(names):
        raise RecipeError(
            "styles", "Two styles have the same file name, and so would their brushes.", code="style-repeated"
        )
    if len(names) > MAX_FEEDFORWARD_STYLES:
        raise RecipeError(
            "styles",
            f"There may be at most {MAX_FEEDFORWARD_STYLES} styles, not {len(names)}.",
            code="style-count",
        )
    titles = tuple(args.titles or (name.replace("_", " ").capitalize() for name in names))
    if len(titles) != len(names):
        raise RecipeError(
            "titles", f"There are {len(titles)} titles for {len(names)} styles.", code="title-count"
        )
    if args.side is not None and args.side % 4:
        raise RecipeError(
            "side", f"The side of the crops must be a multiple of 4, not {args.side}.", code="out-of-bounds"
        )
    if args.widths is not None and len(args.widths) != 3:
        raise RecipeError(
            "widths", f"There must be three widths, not {len(args.widths)}.", code="out-of-bounds"
        )
    choices = (
        "side batch steps minutes rate seed strength smoothness style_sides norm widths blocks".split()  # noqa: SIM905
    )
    given = {name: getattr(args, name) for name in choices if getattr(args, name) is not None}
    return TrainingPlan(names=names, titles=titles, **given)


def add_apply_options(parser: argparse.ArgumentParser) -> None:
    """Add what painting with a brush is told."""
    parser.add_argument("network", type=Path, metavar="FILE.npz", help=f"a trained network, or {BUILT_IN}")
    parser.add_argument("photo", type=Path, help="the photograph, or a folder of photographs")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the painting (for a folder: a folder)"
    )
    parser.add_argument(
        "--style",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help="one of its styles; several, with weights, are mixed (by default its first)",
    )
    parser.add_argument(
        "--size", type=whole(64, 4096), metavar="N", help="longer side in px (that of the photo)"
    )


def named_styles(given: list[str]) -> dict[str, float]:
    """Read NAME or NAME=WEIGHT, each once.

    Raises:
        RecipeError: a weight is no number from 0 up.
    """
    weights: dict[str, float] = {}
    for text in given:
        name, _, weight = text.partition("=")
        try:
            weights[name] = number(0, 1e6)(weight) if weight else 1.0
        except argparse.ArgumentTypeError as exc:
            raise RecipeError("style", f"The weight of {name} {exc}.", code="out-of-bounds") from exc
    return weights


def whole(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be {least} to {most}, not “{text}”")
        return int(text)

    return read


def wholes(least: int, most: int) -> Callable[[str], tuple[int, ...]]:
    """Make a reader of several, with commas in between."""
    return lambda text: tuple(whole(least, most)(part) for part in text.split(","))


def number(least: float, most: float) -> Callable[[str], float]:
    """Make a reader of numbers within bounds."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be {least:g} to {most:g}, not “{text}”")
        return number

    return read
