"""The options of `feedforward train` and `feedforward apply`, and the training plan they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RecipeError

if TYPE_CHECKING:
    from engine.feedforward.plan import TrainingPlan

MAX_STYLES_PER_NETWORK = 32
BUILT_IN = "built-in"
"""The name of the network that comes with Pastiche."""


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `train`; those left out take the defaults of `TrainingPlan`."""
    parser.add_argument(
        "styles", type=Path, nargs="+", metavar="style", help="a picture whose style to learn"
    )
    parser.add_argument(
        "--photos", type=Path, required=True, metavar="DIR", help="a folder of photographs to train on"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE.npz",
        help="where to write the trained network",
    )
    parser.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        help="a folder for the checkpoint, the log and previews (default FILE-training)",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="a CSV file for the losses (default losses.csv in that folder)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from the checkpoint in that folder, which happens without this option too",
    )
    parser.add_argument(
        "--titles", nargs="+", metavar="TITLE", help="a title for each style, as people will see it"
    )
    parser.add_argument(
        "--network",
        choices=("auto", "vgg19", "compact"),
        default="auto",
        help="the network that measures the losses (default auto)",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="VGG19's weights (default: the file that VGG19_WEIGHTS names)",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="the number format that the losses are measured in (default auto)",
    )
    parser.add_argument(
        "--preview",
        type=Path,
        nargs="+",
        metavar="PHOTO",
        help="photographs that the previews show (default: two from DIR)",
    )
    parser.add_argument(
        "--preview-every",
        type=int_within(1, 10**6),
        default=250,
        metavar="N",
        help="steps between previews (default 250)",
    )
    add = parser.add_argument_group("training").add_argument
    add("--side", type=int_within(32, 1024), metavar="N", help="side of the square crops in px (default 256)")
    add("--batch", type=int_within(1, 64), metavar="N", help="crops in a step (default 4)")
    add("--steps", type=int_within(1, 10**6), metavar="N", help="number of steps (default 4000)")
    add(
        "--minutes",
        type=float_within(0.01, 1e5),
        metavar="X",
        help="end after X minutes of training, over all runs",
    )
    add("--rate", type=float_within(1e-6, 1), metavar="X", help="learning rate of Adam (default 0.001)")
    add(
        "--seed",
        type=int_within(0, 2**31 - 1),
        metavar="N",
        help="seed for the initial weights and the crops (default 0)",
    )
    add(
        "--strength", type=float_within(0, 100), metavar="X", help="strength in %%, as for paint (default 50)"
    )
    add(
        "--smoothness",
        type=float_within(0, 100),
        metavar="X",
        help="smoothness in %%, as for paint (default 20)",
    )
    add(
        "--style-sides",
        type=ints_within(64, 2048),
        metavar="N,…",
        help="sizes at which the styles are compared: longer sides in px (default 256,384,512)",
    )
    add("--norm", choices=("instance", "batch"), help="normalisation (default instance)")
    add(
        "--widths",
        type=ints_within(4, 256),
        metavar="N,N,N",
        help="channels of the layers at full, half and quarter resolution (default 16,32,64)",
    )
    add("--blocks", type=int_within(1, 16), metavar="N", help="number of residual blocks (default 5)")


def plan_from(args: argparse.Namespace) -> TrainingPlan:
    """Return the plan that the options ask for.

    Raises:
        RecipeError: the options do not fit together.
    """
    from engine.feedforward.plan import TrainingPlan  # noqa: PLC0415

    names = tuple(path.stem.lower().replace(" ", "_") for path in args.styles)
    if len(set(names)) < len(names):
        raise RecipeError(
            "styles",
            "Two styles have the same file name; each needs a name of its own.",
            code="style-repeated",
        )
    if len(names) > MAX_STYLES_PER_NETWORK:
        raise RecipeError(
            "styles",
            f"A network holds at most {MAX_STYLES_PER_NETWORK} styles, not {len(names)}.",
            code="style-count",
        )
    titles = tuple(args.titles or (name.replace("_", " ").capitalize() for name in names))
    if len(titles) != len(names):
        raise RecipeError(
            "titles", f"There are {len(names)} styles but {len(titles)} titles.", code="title-count"
        )
    if args.side is not None and args.side % 4:
        raise RecipeError(
            "side", f"The side of the crops must be a multiple of 4, not {args.side}.", code="out-of-bounds"
        )
    if args.widths is not None and len(args.widths) != 3:
        raise RecipeError(
            "widths", f"There must be three widths, not {len(args.widths)}.", code="out-of-bounds"
        )
    options = (
        "side batch steps minutes rate seed strength smoothness style_sides norm widths blocks".split()  # noqa: SIM905
    )
    given = {name: getattr(args, name) for name in options if getattr(args, name) is not None}
    return TrainingPlan(names=names, titles=titles, **given)


def add_apply_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `apply`."""
    parser.add_argument("network", type=Path, metavar="FILE.npz", help=f"a trained network, or “{BUILT_IN}”")
    parser.add_argument("photo", type=Path, help="the photograph, or a folder of photographs")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write the painting (for a folder of photographs: a folder)",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="in a folder of photographs: paint again what has been painted before",
    )
    parser.add_argument(
        "--style",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help="a style of the network (default: its first); give several, with weights, to mix them",
    )
    parser.add_argument(
        "--size", type=int_within(64, 4096), metavar="N", help="longer side in px (default: the photograph's)"
    )


def parse_style_weights(arguments: list[str]) -> dict[str, float]:
    """Return the weight of each style, from arguments such as NAME or NAME=WEIGHT.

    Raises:
        RecipeError: a weight is not a number, or is negative.
    """
    weights: dict[str, float] = {}
    for text in arguments:
        name, _, weight = text.partition("=")
        try:
            weights[name] = float_within(0, 1e6)(weight) if weight else 1.0
        except argparse.ArgumentTypeError as exc:
            raise RecipeError("style", f"The weight of {name} {exc}.", code="out-of-bounds") from exc
    return weights


def int_within(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be {least} to {most}, not “{text}”")
        return int(text)

    return parse


def ints_within(least: int, most: int) -> Callable[[str], tuple[int, ...]]:
    """Return a parser of comma-separated whole numbers within bounds."""
    return lambda text: tuple(int_within(least, most)(part) for part in text.split(","))


def float_within(least: float, most: float) -> Callable[[str], float]:
    """Return a parser of numbers within bounds."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be {least:g} to {most:g}, not “{text}”")
        return number

    return parse
