"""Starting from a draft against starting from the photo: does it save time at equal quality?

Each pair is painted both ways to the end of its schedule. Quality is the
objective at the finest scale, through the network that paints; "to equal" is
the time until the draft's painting was as good as the photo's in its end.
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
"""Those that the decoder of drafts was never trained on."""
PHOTOS = ("chelsea", "coffee", "tubingen")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--quality", default="sketch", choices=("sketch", "screen"))
    parser.add_argument("--network", default="compact", choices=("vgg19", "compact"))
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--threads", type=int, default=None, help="how many to compute with; all cores' else")
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
        f"starts-{args.size}-{args.quality}-{args.network}",
        {
            "recipe": recipe.to_dict(),
            "pairs": len(pairs),
            "objective_draft_over_photo": _mean(pairs, "total"),
            "seconds_draft_over_photo": _mean(pairs, "seconds"),
            "as_good_in_the_end": sum(pair["to_equal_s"] is not None for pair in pairs.values()),
            "by_pair": pairs,
        },
    )


def _mean(pairs: dict[str, dict[str, Any]], what: str) -> float:
    return round(float(np.mean([pair["draft"][what] / pair["photo"][what] for pair in pairs.values()])), 3)


def _pictures(photo: str, painting: str) -> tuple[Array, list[Array]]:
    return bench.photo(photo), [bench.painting(painting)]


def _pair(content: Array, styles: list[Array], recipe: Recipe, backbone: Backbone) -> dict[str, Any]:
    from_photo = _painted(content, styles, recipe, backbone)
    from_draft = _painted(content, styles, recipe.changed(start="draft"), backbone)
    equal = [at for at, total in from_draft if total <= from_photo[-1][1]]
    return {
        "photo": _end(from_photo),
        "draft": _end(from_draft),
        "to_equal_s": round(equal[0], 1) if equal else None,
    }


def _end(path: list[tuple[float, float]]) -> dict[str, float]:
    seconds, total = path[-1]
    return {"seconds": round(seconds, 1), "total": round(total, 6)}


def _painted(
    content: Array, styles: list[Array], recipe: Recipe, backbone: Backbone
) -> list[tuple[float, float]]:
    """Return seconds and objective after each step at the finest scale."""
    began = time.monotonic()
    painting = Painting.begin(content, styles, recipe, backbone=backbone)
    path = []
    while not painting.finished:
        frame = painting.advance()
        if max(frame.scale) == recipe.size:
            path.append((time.monotonic() - began, painting.losses[-1][3]))
    return path


if __name__ == "__main__":
    main()
