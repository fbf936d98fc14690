"""Drafts: how much of VGG19's style loss they leave, and how long they take, warm.

Over the paintings that the decoder was never trained on, and photographs that
nothing was; of each style, what it says of those that it may have seen, too.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks import bench
from benchmarks.compact import judged
from benchmarks.strength import PAINTINGS, PHOTOS
from engine import Recipe
from engine.backbones import Array, load_backbone
from engine.feedforward.draft import Drafter
from engine.imaging import images

UNSEEN = ("starry_night", "great_wave", "the_scream")
"""Kept out of training: `training.pictures.KEPT_OUT`."""
TILE = (192, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("time",), help="leave quality out")
    parser.add_argument("--threads", type=int, default=None, help="how many to compute with; all cores' else")
    args = parser.parse_args()
    bench.use_threads(args.threads)
    if args.only:
        bench.keep(f"draft-{args.size}-time", {"warm": _times(Drafter.load(), args.size, args.rounds)})
        return
    recipe = Recipe(size=args.size, precision="float32")
    judge = load_backbone(recipe.changed(backbone="vgg19"), bench.weights())
    drafter = Drafter.load()
    left: dict[str, dict[str, float]] = {}
    for painting in args.paintings:
        style, rows, left[painting] = bench.painting(painting), [], {}
        for photo in args.photos:
            content = bench.photo(photo)
            draft = drafter.draft(content, [style], size=args.size)
            before, after = (
                judged(picture, content, style, recipe, judge)["style"] for picture in (content, draft)
            )
            left[painting][photo] = round(after / before, 3)
            rows.append(np.concatenate([images.resize(tile, TILE) for tile in (content, draft)], axis=1))
        print(f"{painting}: {left[painting]}", flush=True)
        sheet = np.clip(np.concatenate(rows), 0, 1)
        bench.write_picture(bench.RESULTS / "pictures" / f"draft-{painting}.jpg", sheet)
    unseen = [share for name in UNSEEN if name in left for share in left[name].values()]
    bench.keep(
        f"draft-{args.size}",
        {
            "size": args.size,
            "unseen": UNSEEN,
            "style_loss_left_of_unseen": _mean(unseen),
            "style_loss_left_of_all": _mean([share for one in left.values() for share in one.values()]),
            "by_painting": left,
            "warm": _times(drafter, args.size, args.rounds),
        },
    )


def _mean(shares: list[float]) -> float | None:
    return round(float(np.mean(shares)), 3) if shares else None


def _times(drafter: Drafter, size: int, rounds: int) -> dict[str, Any]:
    """Time drafts of what is known, of a style that was never seen, and of such a photo, too."""
    content, style = bench.photo("tubingen"), bench.painting("starry")
    drafter.draft(content, [style], size=size)
    known = [_time(drafter, content, style, size) for _ in range(rounds)]
    styles = [np.roll(style, n + 1, axis=1) for n in range(2 * rounds)]
    fresh = [_time(drafter, content, one, size) for one in styles[:rounds]]
    photos = [np.roll(content, n + 1, axis=1) for n in range(rounds)]
    both = [_time(drafter, *pair, size) for pair in zip(photos, styles[rounds:], strict=True)]
    return {
        name: {key: min(row[key] for row in rows) for key in rows[0]}
        for name, rows in (("known", known), ("new_style", fresh), ("new_photo_and_style", both))
    }


def _time(drafter: Drafter, content: Array, style: Array, size: int) -> dict[str, float]:
    clock = bench.Clock()
    drafter.draft(content, [style], size=size)
    return clock.read(digits=3)


if __name__ == "__main__":
    main()
