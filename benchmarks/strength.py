"""Strength: over paintings x photographs, does a percentage look alike, and do the losses follow it?

Writes the losses, whether they are monotonic, and a contact sheet a painting:
photographs downwards, strength to the right. Pairs that are done are kept in
benchmarks/runs, so that a run that was interrupted goes on from there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array, Backbone
from engine.imaging import images

STRENGTHS = (0, 25, 50, 75, 100)
PHOTOS = ("chelsea", "tubingen", "astronaut", "golden_gate", "coffee")
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
SHEET = Path(__file__).parents[1] / "docs/images/results/strength.jpg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--quality", default="sketch", choices=("sketch", "screen"))
    parser.add_argument("--last-steps", type=int, default=100, help="the most at the finest scale")
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    parser.add_argument("--sheet", action="store_true", help="only make the sheet that the documents show")
    parser.add_argument("--threads", type=int, default=None, help="how many to compute with; all cores' else")
    args = parser.parse_args()
    bench.use_threads(args.threads)
    recipe = Recipe(size=args.size, quality=args.quality, precision="float32")
    name = f"strength-{args.size}-{args.quality}"
    backbone = bench.network(recipe)
    pairs = {}
    shown = _shown(args.photos, args.paintings)
    for painting in args.paintings:
        for photo in [shown[painting]] if args.sheet else args.photos:
            kept = bench.RUNS / name / f"{painting}-{photo}"
            found = pairs[f"{photo} as {painting}"] = _kept(kept) or _series(
                photo, painting, recipe, backbone, args.last_steps, kept
            )
            print(f"{photo} as {painting}: {found}", flush=True)
        if not args.sheet:
            rows = [bench.read(bench.RUNS / name / f"{painting}-{photo}.png").rgb for photo in args.photos]
            bench.write_picture(bench.RESULTS / "pictures" / f"{name}-{painting}.jpg", np.concatenate(rows))
    _write_sheet([bench.RUNS / name / f"{painting}-{photo}.png" for painting, photo in shown.items()])
    if args.sheet:
        return
    bench.keep(
        name,
        {
            "recipe": recipe.to_dict(),
            "strengths": STRENGTHS,
            "monotonic": sum(_is_monotonic(pair) for pair in pairs.values()),
            "pairs": len(pairs),
            "by_pair": {name: pair | {"monotonic": _is_monotonic(pair)} for name, pair in pairs.items()},
        },
    )


def _shown(photos: Sequence[str], paintings: Sequence[str]) -> dict[str, str]:
    """Choose what may be shown: for each painting one of the free photographs."""
    free = [photo for photo in photos if photo in bench.FREE_PHOTOS]
    if not free:
        raise SystemExit(f"Name one of {', '.join(bench.FREE_PHOTOS)}: only these may be shown.")
    return {painting: free[place % len(free)] for place, painting in enumerate(paintings)}


def _write_sheet(strips: Sequence[Path]) -> None:
    """Lay pictures at every strength out below each other."""
    whole = np.concatenate([bench.read(strip).rgb for strip in strips])
    bench.write_picture(SHEET, images.fit(whole, max(whole.shape[:2]) // 2), quality=85)


def _series(
    photo: str, painting: str, recipe: Recipe, backbone: Backbone, last_steps: int, kept: Path
) -> dict[str, Any]:
    """Paint a pair at every strength; keep the losses and a strip of the pictures."""
    content, style = bench.photo(photo), bench.painting(painting)
    begun = time.perf_counter()
    tiles, losses = [], []
    for strength in STRENGTHS:
        process = Painting.begin(content, [style], _of(recipe, strength), backbone=backbone)
        tiles.append(_tile(_finish(process, recipe.size, last_steps)))
        losses.append(process.losses[-1])
    bench.write_picture(kept.with_suffix(".png"), np.concatenate(tiles, axis=1))
    found = {
        "content": [round(loss[1], 5) for loss in losses],
        "style": [round(loss[2], 5) for loss in losses],
        "steps": [loss[0] for loss in losses],
        "most_steps_at_the_finest_scale": last_steps,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    kept.with_suffix(".json").write_text(json.dumps(found))
    return found


def _of(recipe: Recipe, strength: float) -> Recipe:
    """Return the recipe at a strength; at none only the photo counts, which it begins with."""
    return recipe.changed(strength=strength, **({} if strength else {"scales": 1, "max_steps": 1}))


def _finish(painting: Painting, size: int, last_steps: int) -> Array:
    """Paint to the end, or until the finest scale has had so many steps."""
    while last_steps and not painting.finished:
        last_steps -= max(painting.advance().scale) == size
    return painting.picture()


def _tile(picture: Array) -> Array:
    """Crop a picture to a tile's shape, around its middle, and resize it."""
    height, width = picture.shape[:2]
    scale = max(TILE[0] / height, TILE[1] / width)
    whole = images.resize(picture, (round(height * scale), round(width * scale)))
    top, left = (whole.shape[0] - TILE[0]) // 2, (whole.shape[1] - TILE[1]) // 2
    return whole[top : top + TILE[0], left : left + TILE[1]]


def _kept(path: Path) -> dict[str, Any] | None:
    """Return what an earlier run found of a pair, or None."""
    done = path.with_suffix(".json")
    return dict(json.loads(done.read_text())) if done.exists() else None


def _is_monotonic(pair: dict[str, Any]) -> bool:
    rising = all(a < b for a, b in pairwise(pair["content"]))
    falling = all(a > b for a, b in pairwise(pair["style"]))
    return rising and falling


if __name__ == "__main__":
    main()
