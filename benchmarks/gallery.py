"""Pictures of what the engine can do, for docs/results.md: photographs of scikit-image only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


@dataclass(frozen=True)
class Example:
    """A photograph, its styles, and what of the recipe is not the default."""

    photo: str
    styles: tuple[str, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    divided: bool = False
    """Whether the first style takes the left side and the second the rest."""


EXAMPLES = {
    "default": Example("chelsea", ("starry",)),
    "patches": Example("astronaut", ("the_scream",), {"patch_share": 70}),
    "masks": Example("coffee", ("starry", "composition_vii"), divided=True),
    "two-styles": Example("chelsea", ("great_wave", "composition_vii")),
} | {
    f"colours-{method}": Example("astronaut", ("starry",), {"keep_colours": 100, "colour_method": method})
    for method in ("luminance", "histogram", "mean_covariance")
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(EXAMPLES), help=f"of {', '.join(EXAMPLES)}")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--quality", default="screen", choices=("sketch", "screen"))
    parser.add_argument("--out", type=Path, default=PICTURES)
    args = parser.parse_args()
    for name in args.names:
        painting = begin(EXAMPLES[name], Recipe(size=args.size, quality=args.quality))
        bench.write_picture(args.out / f"{name}.jpg", bench.finish(painting))
        print(name, *painting.losses[-1], flush=True)


def begin(example: Example, recipe: Recipe) -> Painting:
    """Begin an example's painting."""
    content = bench.photo(example.photo)
    recipe = recipe.changed(**example.changes)
    return Painting.begin(
        content,
        [bench.painting(style) for style in example.styles],
        recipe,
        backbone=bench.network(recipe),
        masks=[left_side(content), None] if example.divided else (),
    )


def left_side(content: Array) -> Array:
    """Make a mask of the left side that fades over a fifth of the width."""
    height, width = content.shape[:2]
    ramp = np.clip((np.arange(width) / width - 0.4) / 0.2, 0, 1)
    return np.tile(1 - ramp, (height, 1)).astype(np.float32)


if __name__ == "__main__":
    main()
