"""What a painting is made with, beside the photograph: its arguments, and reading it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.backbones.weights import resolve
from engine.cli.options import add_recipe_options, load_history, options_given, recipe_from
from engine.cli.session import Session, about
from engine.errors import RecipeError
from engine.imaging import images
from engine.imaging.decoding import Floats
from engine.losses.weights import loss_weights
from engine.quiet import load_tensorflow
from engine.recipe import MAX_STYLES, Recipe
from engine.recipe.history import History

if TYPE_CHECKING:
    from engine.backbones import Backbone

NO_MASK = "-"


@dataclass(frozen=True, kw_only=True)
class PaintInputs:
    """Everything beside the photograph that paintings are made with."""

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
        """The network, opened when it is first needed: all that can be refused quickly comes before."""
        return open_network(self.recipe, self.weights, self.session)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add everything that a painting is made with, and where it goes."""
    parser.add_argument("photo", type=Path, help="the photograph, or a folder of photographs")
    parser.add_argument("styles", type=Path, nargs="+", metavar="style", help="a picture whose style to take")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the painting, .png, .jpg or .webp (for a folder of photographs: a folder); "
        "by default a PNG named after the photograph, here",
    )
    parser.add_argument(
        "--mask",
        dest="masks",
        action="append",
        default=[],
        metavar="FILE",
        help="where a style goes, white on black; once for each style in their order, "
        f"{NO_MASK} for everywhere",
    )
    parser.add_argument("--content-mask", type=Path, metavar="FILE", help="where the content counts")
    parser.add_argument("--start-image", type=Path, metavar="FILE", help="the picture to start from")
    parser.add_argument("--save-recipe", type=Path, metavar="FILE", help="write the recipe as JSON")
    parser.add_argument("--snapshots", type=Path, metavar="DIR", help="keep pictures of its making there")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="VGG19's weights in Keras's HDF5 layout (else VGG19_WEIGHTS)",
    )
    add_recipe_options(parser)


def checked_recipe(args: argparse.Namespace) -> Recipe:
    """Return the recipe, with what the other options say about it."""
    recipe = recipe_from(args)
    if recipe.feedforward_style:
        raise RecipeError(
            "feedforward_style",
            f"This recipe paints with the brush “{recipe.feedforward_style}”, in one pass: use "
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
            f"There are {len(args.masks)} masks for {len(args.styles)} styles.",
            code="mask-count",
        )
    loss_weights(recipe)  # refuses weights that are all 0, before anything takes long
    return recipe


def read_inputs(args: argparse.Namespace, recipe: Recipe, session: Session) -> PaintInputs:
    """Read every picture but the photograph, and find the weights.

    Raises:
        PasticheError: one of them cannot be read or is missing.
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
    """Return what is to happen while painting: of a replay, what happened."""
    if not getattr(args, "replays", False):
        return History(initial_recipe=recipe)
    return load_history(args.recipe, recipe, options_given(args))


def open_network(recipe: Recipe, weights: Path | None, session: Session) -> Backbone:
    """Load TensorFlow, which takes seconds, and the network."""
    with session.screen.status("Opening the network…"):
        load_tensorflow()
        from engine.backbones import load_backbone  # noqa: PLC0415
        from engine.backbones.precision import is_emulated  # noqa: PLC0415

        if is_emulated(recipe.precision):
            session.say(
                "This processor has no bfloat16, so that each step will take very long; "
                "--precision auto would take float32 here."
            )
        measured = session.cache / "precision.json"
        return load_backbone(recipe, weights, cache=session.cache, precision_cache=measured)


def _read(path: Path, least_side: int = 16) -> Floats:
    with about(path):
        return images.read(path, min_side=least_side).rgb


def _read_mask(path: Path) -> Floats:
    with about(path):
        return images.read_mask(path)
