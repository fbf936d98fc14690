"""`bench`: measure the cost of painting on this machine, at a few sizes."""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.backbones.memory import process_peak_bytes
from engine.backbones.weights import resolve
from engine.cli.inputs import open_network
from engine.cli.options import add_recipe_options, recipe_from
from engine.cli.session import Session
from engine.errors import PasticheError, RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.estimate import TILE_OVERHEAD, estimate
from engine.recipe.rates import Rates, Sample
from engine.recipe.sizes import needs_tiles

if TYPE_CHECKING:
    from engine.backbones import Backbone


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bench",
        usage="%(prog)s [options]",
        parents=[common],
        allow_abbrev=False,
        help="measure the cost of painting on this machine, at a few sizes",
        description="Measure the cost of painting on this machine, on noise in 4:3. For each size, print the "
        "time of a step; an estimate for a complete painting by the recipe; the share of a step that the "
        "network's convolutions alone would take at their fastest (the ceiling); and the peak memory so far.",
    )
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=(256, 512),
        metavar="N,…",
        help="sizes to measure: longer sides in px (default 256,512)",
    )
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=8,
        metavar="N",
        help="number of steps to time (2 to 100, default 8)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="VGG19's weights (default: the file that VGG19_WEIGHTS names)",
    )
    add_recipe_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Session) -> int:
    """Time steps, and print the results."""
    recipe = recipe_from(args)
    weights = session.weights(args.weights)
    resolve(recipe.backbone, weights, cache=session.cache)
    backbone = open_network(recipe, weights, session)
    _refuse_emulation(recipe)
    rows = []
    for size in args.sizes:
        with session.stderr.status(f"{size} px…"):
            rows.append(_time(recipe.changed(size=size), args.rounds, backbone))
    rates = _rates(rows, f"{backbone.name}/{backbone.dtype.name}")
    for size, row in zip(args.sizes, rows, strict=True):
        whole = recipe.changed(size=size, backbone=backbone.name)
        row["painting_s"] = estimate(whole, (row["height"], row["width"]), rates).seconds
    if args.json:
        facts = {"backbone": backbone.name, "precision": backbone.dtype.name, "xla": backbone.compiled}
        session.print(json.dumps(facts | {"steps": rows}, indent=2))
        return 0
    session.print(
        f"{'size':>11}  {'first step':>10}  {'a step':>9}  {'a megapixel':>11}  {'a painting':>11}"
        f"  {'of the ceiling':>14}  {'memory':>8}"
    )
    for row in rows:
        session.print(
            f"{row['width']:>5} × {row['height']:<3}  {row['first_s']:>8.2f} s  {row['step_s']:>7.3f} s"
            f"  {row['step_s'] / row['megapixels']:>9.2f} s  {row['painting_s']:>9.1f} s"
            f"  {row['share_of_ceiling']:>14.0%}  {row['peak_bytes'] / 1e9:>5.2f} GB"
        )
    return 0


def _refuse_emulation(recipe: Recipe) -> None:
    """Raise an error if the processor emulates the precision, since a single step would take minutes."""
    from engine.backbones.precision import convolution_seconds, is_emulated  # noqa: PLC0415

    if not is_emulated(recipe.precision):
        return
    ratio = convolution_seconds(recipe.precision) / convolution_seconds("float32")
    raise PasticheError(
        f"This processor has no {recipe.precision}: the gradient of a convolution takes {ratio:.0f} times as "
        "long as in float32, so there is no point in timing steps; use --precision float32 or auto.",
        code="emulated-precision",
    )


def _time(recipe: Recipe, rounds: int, backbone: Backbone) -> dict[str, Any]:
    """Time the first step, which builds the graph, and the others, of which the median counts."""
    from engine.backbones import devices  # noqa: PLC0415
    from engine.cli.ceiling import ceiling_s  # noqa: PLC0415
    from engine.losses.loss import compared_layers  # noqa: PLC0415
    from engine.painting import Painting  # noqa: PLC0415

    height, width = round(recipe.size * 0.75), recipe.size
    noise = np.random.default_rng(0).random((width, width, 3)).astype(np.float32)
    painting = Painting.begin(
        noise[:height], [noise], recipe.changed(scales=1, max_steps=rounds + 1), backbone=backbone
    )
    seconds = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        painting.advance()
        painting.picture()  # waits for the step, which may be computed in the background
        seconds.append(time.perf_counter() - started)
    step_s, megapixels = statistics.median(seconds[1:]), width * height / 1e6
    ceiling = ceiling_s(backbone, list(compared_layers(recipe, backbone)), (height, width))
    return {
        "width": width,
        "height": height,
        "megapixels": megapixels,
        "first_s": seconds[0],
        "step_s": step_s,
        "share_of_ceiling": ceiling / step_s,
        "peak_bytes": devices.peak_bytes() or process_peak_bytes(),
    }


def _rates(rows: Sequence[dict[str, Any]], key: str) -> Rates:
    """Return what follows from all sizes for any, as from a painting at these scales."""
    # What was timed has its patches and halos in it already.
    steps = [
        row["step_s"] / (TILE_OVERHEAD if needs_tiles((row["height"], row["width"])) else 1.0) for row in rows
    ]
    sizes = [row["megapixels"] for row in rows]
    further = [row["first_s"] - row["step_s"] for row in rows]
    sample = Sample(
        key=key,
        megapixel_steps=sum(sizes),
        steps_s=sum(steps),
        seconds=sum(steps),
        scales=tuple(zip(sizes, steps, strict=True)),
        start_s=max(further[0], 1e-3),
        scale_s=max(statistics.mean(further[1:] or further), 1e-3),
    )
    return dataclasses.replace(Rates().after(sample), patch_factor=1.0)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(knobs()["size"].parse("size", part) for part in text.split(","))
    except RecipeError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def _rounds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"must be 2 to 100, not “{text}”")
    return int(text)
