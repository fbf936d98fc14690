"""Strength: do equal percentages look alike across paintings and photographs, and do the losses follow them?

Writes the losses, whether they are monotonic, and a contact sheet for each painting:
photographs downwards, strength to the right. Finished pairs are kept in
benchmarks/runs, so that an interrupted run can resume.
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
    parser.add_argument(
        "--last-steps", type=int, default=100, help="maximum number of steps at the finest scale"
    )
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    parser.add_argument("--sheet", action="store_true", help="only make the contact sheet for the documents")
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    args = parser.parse_args()
    bench.use_threads(args.threads)
    recipe = Recipe(size=args.size, quality=args.quality, precision="float32")
    name = f"strength-{args.size}-{args.quality}"
    backbone = bench.network(recipe)
    pairs = {}
    free = _free_photos(args.photos, args.paintings)
    for painting in args.paintings:
        for photo in [free[painting]] if args.sheet else args.photos:
            path = bench.RUNS / name / f"{painting}-{photo}"
            result = pairs[f"{photo} as {painting}"] = _earlier(path) or _series(
                photo, painting, recipe, backbone, args.last_steps, path
            )
            print(f"{photo} as {painting}: {result}", flush=True)
        if not args.sheet:
            rows = [bench.read(bench.RUNS / name / f"{painting}-{photo}.png").rgb for photo in args.photos]
            bench.write_picture(bench.RESULTS / "pictures" / f"{name}-{painting}.jpg", np.concatenate(rows))
    _write_sheet([bench.RUNS / name / f"{painting}-{photo}.png" for painting, photo in free.items()])
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


def _free_photos(photos: Sequence[str], paintings: Sequence[str]) -> dict[str, str]:
    """Choose, for each painting, a photograph that may be published."""
    free = [photo for photo in photos if photo in bench.FREE_PHOTOS]
    if not free:
        raise SystemExit(f"Name one of {', '.join(bench.FREE_PHOTOS)}: only these may be published.")
    return {painting: free[index % len(free)] for index, painting in enumerate(paintings)}


def _write_sheet(strips: Sequence[Path]) -> None:
    """Stack the strips of pictures, and write them at half size."""
    sheet = np.concatenate([bench.read(strip).rgb for strip in strips])
    bench.write_picture(SHEET, images.fit(sheet, max(sheet.shape[:2]) // 2), quality=85)


def _series(
    photo: str, painting: str, recipe: Recipe, backbone: Backbone, last_steps: int, path: Path
) -> dict[str, Any]:
    """Paint a pair at every strength; write the losses and a strip of the pictures."""
    content, style = bench.photo(photo), bench.painting(painting)
    started = time.perf_counter()
    tiles, losses = [], []
    for strength in STRENGTHS:
        process = Painting.begin(content, [style], _at(recipe, strength), backbone=backbone)
        tiles.append(_tile(_finish(process, recipe.size, last_steps)))
        losses.append(process.losses[-1])
    bench.write_picture(path.with_suffix(".png"), np.concatenate(tiles, axis=1))
    result = {
        "content": [round(loss[1], 5) for loss in losses],
        "style": [round(loss[2], 5) for loss in losses],
        "steps": [loss[0] for loss in losses],
        "most_steps_at_the_finest_scale": last_steps,
        "seconds": round(time.perf_counter() - started, 1),
    }
    path.with_suffix(".json").write_text(json.dumps(result))
    return result


def _at(recipe: Recipe, strength: float) -> Recipe:
    """Return the recipe at a strength; at 0 the photo is the result, so one step is enough."""
    return recipe.changed(strength=strength, **({} if strength else {"scales": 1, "max_steps": 1}))


def _finish(painting: Painting, size: int, last_steps: int) -> Array:
    """Paint to the end, or until the finest scale has had `last_steps` steps."""
    while last_steps and not painting.finished:
        last_steps -= max(painting.advance().scale) == size
    return painting.picture()


def _tile(picture: Array) -> Array:
    """Crop the middle of a picture to the shape of a tile, and resize it."""
    height, width = picture.shape[:2]
    scale = max(TILE[0] / height, TILE[1] / width)
    resized = images.resize(picture, (round(height * scale), round(width * scale)))
    top, left = (resized.shape[0] - TILE[0]) // 2, (resized.shape[1] - TILE[1]) // 2
    return resized[top : top + TILE[0], left : left + TILE[1]]


def _earlier(path: Path) -> dict[str, Any] | None:
    """Return the result of an earlier run for a pair, or None."""
    record = path.with_suffix(".json")
    return dict(json.loads(record.read_text())) if record.exists() else None


def _is_monotonic(pair: dict[str, Any]) -> bool:
    rising = all(a < b for a, b in pairwise(pair["content"]))
    falling = all(a > b for a, b in pairwise(pair["style"]))
    return rising and falling


if __name__ == "__main__":
    main()
