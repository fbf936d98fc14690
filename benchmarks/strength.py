"""Strength: over paintings x photographs, does a percentage look alike, and do the losses follow it?

Writes the losses, whether they are monotonic, and a contact sheet a painting:
photographs downwards, strength to the right.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe, images
from engine.backbones import Array

STRENGTHS = (0, 25, 50, 75, 100)
PHOTOS = ("tubingen", "golden_gate", "chelsea", "astronaut", "coffee")
PAINTINGS = (
    "starry_night",
    "great_wave",
    "the_scream",
    "composition_vii",
    "shipwreck",
    "grande_jatte",
    "water_lilies",
    "mondrian",
)
TILE = (192, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--quality", default="screen", choices=("sketch", "screen"))
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    args = parser.parse_args()
    recipe = Recipe(size=args.size, quality=args.quality)
    pairs = {}
    for painting in args.paintings:
        rows = []
        for photo in args.photos:
            tiles, found = _series(photo, painting, recipe)
            rows.append(np.concatenate(tiles, axis=1))
            pairs[f"{photo} as {painting}"] = found
            print(f"{photo} as {painting}: {found}", flush=True)
        sheet = bench.RESULTS / "pictures" / f"strength-{painting}.jpg"
        bench.write_picture(sheet, np.concatenate(rows, axis=0))
    bench.keep(
        f"strength-{args.size}-{args.quality}",
        {
            "recipe": recipe.to_dict(),
            "strengths": STRENGTHS,
            "monotonic": sum(pair["monotonic"] for pair in pairs.values()),
            "pairs": len(pairs),
            "by_pair": pairs,
        },
    )


def _series(photo: str, painting: str, recipe: Recipe) -> tuple[list[Array], dict[str, Any]]:
    content, style = bench.photo(photo), bench.painting(painting)
    backbone = bench.network(recipe)
    tiles, losses = [], []
    for strength in STRENGTHS:
        process = Painting.begin(content, [style], recipe.changed(strength=strength), backbone=backbone)
        tiles.append(images.resize(bench.finish(process), TILE))
        losses.append(process.losses[-1])
    contents, styles = [round(loss[1], 5) for loss in losses], [round(loss[2], 5) for loss in losses]
    rising = all(a < b for a, b in pairwise(contents))
    falling = all(a > b for a, b in pairwise(styles))
    return tiles, {"content": contents, "style": styles, "monotonic": rising and falling}


if __name__ == "__main__":
    main()
