"""Painting from a draft against painting from the photo: does it save time at equal quality?

Each pair is painted both ways to the end of its schedule. Quality is the
objective at the finest scale, through the network that paints; "to equal" is the
time until the painting from the draft matches the final quality of the one from the photo.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array, Backbone

PAINTINGS = ("starry_night", "great_wave", "the_scream")
"""The paintings that the draft decoder was not trained on."""
PHOTOS = ("chelsea", "coffee", "tubingen")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--quality", default="sketch", choices=("sketch", "screen"))
    parser.add_argument("--network", default="compact", choices=("vgg19", "compact"))
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    args = parser.parse_args()
    bench.use_threads(args.threads)
    recipe = Recipe(size=args.size, quality=args.quality, precision="float32", backbone=args.network)
    backbone = bench.network(recipe)
    bench.finish(Painting.begin(*_pictures("coffee", "great_wave"), recipe, backbone=backbone))  # traces
    pairs = {
        f"{photo} as {painting}": _pair(*_pictures(photo, painting), recipe, backbone)
        for painting in PAINTINGS
        for photo in args.photos
    }
    print(json.dumps(pairs, indent=1))
    bench.keep(
        f"draft-start-{args.size}-{args.quality}-{args.network}",
        {
            "recipe": recipe.to_dict(),
            "pairs": len(pairs),
            "objective_draft_over_photo": _mean(pairs, "total"),
            "seconds_draft_over_photo": _mean(pairs, "seconds"),
            "as_good_in_the_end": sum(pair["to_equal_s"] is not None for pair in pairs.values()),
            "by_pair": pairs,
        },
    )


def _mean(pairs: dict[str, dict[str, Any]], key: str) -> float:
    return round(float(np.mean([pair["draft"][key] / pair["photo"][key] for pair in pairs.values()])), 3)


def _pictures(photo: str, painting: str) -> tuple[Array, list[Array]]:
    return bench.photo(photo), [bench.painting(painting)]


def _pair(content: Array, styles: list[Array], recipe: Recipe, backbone: Backbone) -> dict[str, Any]:
    from_photo = _paint(content, styles, recipe, backbone)
    from_draft = _paint(content, styles, recipe.changed(start="draft"), backbone)
    times = [seconds for seconds, total in from_draft if total <= from_photo[-1][1]]
    return {
        "photo": _last(from_photo),
        "draft": _last(from_draft),
        "to_equal_s": round(times[0], 1) if times else None,
    }


def _last(losses: list[tuple[float, float]]) -> dict[str, float]:
    seconds, total = losses[-1]
    return {"seconds": round(seconds, 1), "total": round(total, 6)}


def _paint(
    content: Array, styles: list[Array], recipe: Recipe, backbone: Backbone
) -> list[tuple[float, float]]:
    """Return the time in seconds and the objective after each step at the finest scale."""
    started = time.monotonic()
    painting = Painting.begin(content, styles, recipe, backbone=backbone)
    losses = []
    while not painting.finished:
        report = painting.advance()
        if max(report.scale) == recipe.size:
            losses.append((time.monotonic() - started, painting.losses[-1][3]))
    return losses


if __name__ == "__main__":
    main()
