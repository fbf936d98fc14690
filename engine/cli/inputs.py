"""Everything that goes into a painting besides the photograph: its arguments, and how to read them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.backbones.weights import resolve
from engine.cli.feedforward_options import int_within
from engine.cli.options import add_recipe_options, given_options, load_history, recipe_from
from engine.cli.session import Session, prefix_errors
from engine.errors import RecipeError
from engine.imaging import images
from engine.imaging.decoding import Floats
from engine.losses.weights import role_weights
from engine.quiet import load_tensorflow
from engine.recipe import MAX_STYLES, Recipe
from engine.recipe.history import History

if TYPE_CHECKING:
    from engine.backbones import Backbone

NO_MASK = "-"


@dataclass(frozen=True, kw_only=True)
class PaintInputs:
    """Everything that goes into a painting besides the photograph."""

    recipe: Recipe
    replay: History
    weights: Path | None
    styles: tuple[Floats, ...]
    masks: tuple[Floats | None, ...]
    content_mask: Floats | None
    start_image: Floats | None
    session: Session

    @cached_property
    def backbone(self) -> Backbone:
        """The network, opened on first use, so that quick checks can refuse a call before it loads."""
        return open_network(self.recipe, self.weights, self.session)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for a painting's inputs, its recipe and its output."""
    parser.add_argument("photo", type=Path, help="a photograph, or a folder of photographs")
    parser.add_argument("styles", type=Path, nargs="+", metavar="style", help="a picture whose style to take")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write the painting, a .png, .jpg or .webp file (for a folder of photographs: a "
        "folder); default: a PNG in the current folder, named after photo and style",
    )
    parser.add_argument(
        "--mask",
        dest="masks",
        action="append",
        default=[],
        metavar="FILE",
        help="a mask, white where the style goes; give one for each style, in the same order, "
        f"and {NO_MASK} for a style that goes everywhere",
    )
    parser.add_argument(
        "--content-mask", type=Path, metavar="FILE", help="a mask, white where the photo's content counts"
    )
    parser.add_argument("--start-image", type=Path, metavar="FILE", help="a picture to start from")
    parser.add_argument("--save-recipe", type=Path, metavar="FILE", help="write the recipe to a JSON file")
    parser.add_argument(
        "--snapshots",
        type=Path,
        metavar="DIR",
        help="keep pictures of the painting in progress in this folder",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from the checkpoint that an interrupted painting left beside its target, if there is one",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="in a folder of photographs: paint again what has been painted before",
    )
    parser.add_argument(
        "--save-every",
        type=int_within(1, 10**6),
        metavar="N",
        help="write the picture so far, and the checkpoint, every N steps",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="write the losses of every step to this CSV file"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="VGG19's weights in Keras's HDF5 layout (default: the file that VGG19_WEIGHTS names)",
    )
    add_recipe_options(parser)


def source_files(args: argparse.Namespace, session: Session) -> list[Path | None]:
    """Return the files that a painting is made from, besides the photograph."""
    masks = [Path(name) for name in args.masks if name != NO_MASK]
    weights = session.weights(args.weights)
    return [*args.styles, *masks, args.content_mask, args.start_image, args.recipe, weights]


def validated_recipe(args: argparse.Namespace) -> Recipe:
    """Return the recipe, checked against the pictures given.

    Raises:
        RecipeError: the recipe and the other options do not fit together.
    """
    recipe = recipe_from(args)
    if recipe.feedforward_style:
        raise RecipeError(
            "feedforward_style",
            f"This recipe paints in one pass, with the style “{recipe.feedforward_style}”; use "
            f"`python -m engine feedforward apply built-in photo --style {recipe.feedforward_style}`.",
            code="brush-recipe",
        )
    if args.start_image and recipe.start == "content":
        recipe = recipe.changed(start="image")
    if recipe.start == "image" and not args.start_image:
        raise RecipeError(
            "start", "To start from a picture, name it with --start-image.", code="start-missing"
        )
    if len(args.styles) > MAX_STYLES:
        raise RecipeError(
            "styles", f"There may be 1 to {MAX_STYLES} styles, not {len(args.styles)}.", code="style-count"
        )
    if len(args.masks) > len(args.styles):
        raise RecipeError(
            "masks",
            f"There are {len(args.masks)} masks but only {len(args.styles)} styles.",
            code="mask-count",
        )
    role_weights(recipe)  # refuses weights that are all 0, before the slow part
    return recipe


def read_inputs(args: argparse.Namespace, recipe: Recipe, session: Session) -> PaintInputs:
    """Read every picture except the photograph, and find the weights.

    Raises:
        PasticheError: a picture or the weights are missing or cannot be read.
    """
    weights = session.weights(args.weights)
    resolve(recipe.backbone, weights, cache=session.cache)
    styles = tuple(_read(path, images.MIN_STYLE_SIDE) for path in args.styles)
    masks = [None if name == NO_MASK else _read_mask(Path(name)) for name in args.masks]
    return PaintInputs(
        recipe=recipe,
        replay=_replay(args, recipe),
        weights=weights,
        styles=styles,
        masks=(*masks, *[None] * (len(styles) - len(masks))),
        content_mask=_read_mask(args.content_mask) if args.content_mask else None,
        start_image=_read(args.start_image) if args.start_image else None,
        session=session,
    )


def _replay(args: argparse.Namespace, recipe: Recipe) -> History:
    """Return the changes to make while painting: those of the picture to replay, or none."""
    if not getattr(args, "replays", False):
        return History(initial_recipe=recipe)
    return load_history(args.recipe, recipe, given_options(args))


def open_network(recipe: Recipe, weights: Path | None, session: Session) -> Backbone:
    """Load TensorFlow, which takes seconds, and the network."""
    with session.stderr.status("Opening the network…"):
        load_tensorflow()
        from engine.backbones import load_backbone  # noqa: PLC0415
        from engine.backbones.precision import is_emulated  # noqa: PLC0415

        if is_emulated(recipe.precision):
            session.say(
                "This processor has no bfloat16, so each step will take very long; "
                "--precision auto would choose float32 here."
            )
        return load_backbone(
            recipe, weights, cache=session.cache, precision_cache=session.cache / "precision.json"
        )


def _read(path: Path, min_side: int = 16) -> Floats:
    with prefix_errors(path):
        return images.read(path, min_side=min_side).rgb


def _read_mask(path: Path) -> Floats:
    with prefix_errors(path):
        return images.read_mask(path)
