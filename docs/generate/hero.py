"""Paint the picture in the README: scikit-image's cat, and the cat in three styles of the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array
from engine.imaging import images

ROOT = Path(__file__).parents[2]
STYLES = ("evening-wind", "long-swell", "vineyard-window")
GUTTER = 8
RECIPE = Recipe(size=480, strength=60)


def main() -> None:
    photo = bench.photo("chelsea")
    backbone = bench.network(RECIPE)
    tiles = [images.fit(photo, RECIPE.size)]
    for name in STYLES:
        style = bench.read(ROOT / "static/styles" / f"{name}.webp").rgb
        tiles.append(bench.finish(Painting.begin(photo, [style], RECIPE, backbone=backbone)))
        print(f"painted {name}", flush=True)
    bench.write_picture(ROOT / "docs/images/hero.jpg", _grid(tiles), quality=88)


def _grid(tiles: list[Array]) -> Array:
    """Put four pictures of one size in a grid of two by two, on white."""
    height, width = tiles[0].shape[:2]
    grid = np.ones((2 * height + GUTTER, 2 * width + GUTTER, 3), np.float32)
    for index, tile in enumerate(tiles):
        top, left = index // 2 * (height + GUTTER), index % 2 * (width + GUTTER)
        grid[top : top + height, left : left + width] = tile
    return grid


if __name__ == "__main__":
    main()
