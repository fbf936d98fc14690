"""Paint the pictures in docs/results.md: scikit-image's photographs in the styles of the library.

Anyone can paint them again, since the default network is built in; `--network vgg19` needs its weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array, Backbone
from engine.imaging import images
from engine.imaging.colour import METHODS, keep_colours

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/images/results"
TILE_HEIGHT = 240
GUTTER = 6


@dataclass(frozen=True)
class Example:
    """A photograph, its styles, and the changes to the default recipe."""

    photo: str
    styles: tuple[str, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    divided: bool = False
    """Whether the first style covers the left side and the second the rest."""


CAT = Example("chelsea", ("evening-wind",))
ASTRONAUT = Example("astronaut", ("two-carp",))
PATCHES = Example("astronaut", ("two-carp",), {"patch_share": 70})
MIXED = Example("chelsea", ("evening-wind", "long-swell"))
DIVIDED = Example("coffee", ("evening-wind", "long-swell"), divided=True)


class Examples:
    """Paints each example once."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._backbone: Backbone = bench.network(recipe)
        self._done: dict[str, Array] = {}

    def photo(self, example: Example) -> Array:
        """Return the photograph at the size of the paintings."""
        return images.fit(bench.photo(example.photo), self._recipe.size)

    def paint(self, example: Example) -> Array:
        """Return the finished painting."""
        key = repr(example)
        if key not in self._done:
            content = bench.photo(example.photo)
            painting = Painting.begin(
                content,
                [style(name) for name in example.styles],
                self._recipe.changed(**example.changes),
                backbone=self._backbone,
                masks=[left_side(content), None] if example.divided else (),
            )
            self._done[key] = bench.finish(painting)
            print(example, *painting.losses[-1], flush=True)
        return self._done[key]

    def in_colours(self, example: Example, method: str) -> Array:
        """Return the painting with all of the photo's colours brought back."""
        return keep_colours(self.paint(example), self.photo(example), method, 1.0)


def default(examples: Examples) -> list[Array]:
    return [examples.photo(CAT), style("evening-wind"), examples.paint(CAT)]


def patches(examples: Examples) -> list[Array]:
    return [examples.photo(ASTRONAUT), style("two-carp"), examples.paint(ASTRONAUT), examples.paint(PATCHES)]


def colours(examples: Examples) -> list[Array]:
    return [examples.paint(ASTRONAUT), *(examples.in_colours(ASTRONAUT, method) for method in METHODS)]


def masks(examples: Examples) -> list[Array]:
    mask = np.repeat(left_side(examples.photo(DIVIDED))[..., None], 3, axis=2)
    return [examples.photo(DIVIDED), mask, examples.paint(DIVIDED)]


def two_styles(examples: Examples) -> list[Array]:
    return [style("evening-wind"), style("long-swell"), examples.paint(MIXED)]


def style_scale(examples: Examples) -> list[Array]:
    scales: tuple[dict[str, float], ...] = ({"style_scale": 50}, {}, {"style_scale": 200})
    return [examples.paint(Example(CAT.photo, CAT.styles, changes)) for changes in scales]


FIGURES: dict[str, Callable[[Examples], list[Array]]] = {
    "default": default,
    "patches": patches,
    "colours": colours,
    "masks": masks,
    "two-styles": two_styles,
    "stroke-size": style_scale,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=list(FIGURES), help=f"of {', '.join(FIGURES)} (default: all)"
    )
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--quality", default="sketch", choices=("sketch", "screen"))
    parser.add_argument("--network", default="compact", choices=("compact", "vgg19"))
    parser.add_argument("--out", type=Path, default=PICTURES)
    args = parser.parse_args()
    examples = Examples(Recipe(size=args.size, quality=args.quality, backbone=args.network))
    for name in args.names:
        bench.write_picture(args.out / f"{name}.jpg", row(FIGURES[name](examples)), quality=85)


def style(name: str) -> Array:
    """Return a style of the library."""
    return bench.read(ROOT / "static/styles" / f"{name}.webp").rgb


def left_side(content: Array) -> Array:
    """Return a mask of the left side that fades out over a fifth of the width."""
    height, width = content.shape[:2]
    ramp = np.clip((np.arange(width) / width - 0.4) / 0.2, 0, 1)
    return np.tile(1 - ramp, (height, 1)).astype(np.float32)


def row(tiles: list[Array]) -> Array:
    """Put pictures side by side on white, all at the same height."""
    columns: list[Array] = []
    for tile in tiles:
        height, width = tile.shape[:2]
        columns.append(images.resize(tile, (TILE_HEIGHT, round(width * TILE_HEIGHT / height))))
        columns.append(np.ones((TILE_HEIGHT, GUTTER, 3), np.float32))
    return np.concatenate(columns[:-1], axis=1)


if __name__ == "__main__":
    main()
