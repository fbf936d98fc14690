"""Drafts: the share of VGG19's style loss that remains, and the time of a draft with loaded networks.

The mean is over paintings that the decoder was not trained on, and photographs that no
network was trained on; the paintings that the decoder may have seen are listed as well.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks import bench
from benchmarks.compact import evaluate
from benchmarks.strength import PAINTINGS, PHOTOS
from engine import Recipe
from engine.backbones import Array, load_backbone
from engine.feedforward.draft import Drafter
from engine.imaging import images

UNSEEN = ("starry_night", "great_wave", "the_scream")
"""Held out of training: `training.pictures.HELD_OUT`."""
TILE = (192, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("time",), help="measure the time only")
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    args = parser.parse_args()
    bench.use_threads(args.threads)
    if args.only:
        bench.keep(f"draft-{args.size}-time", {"warm": _times(Drafter.load(), args.size, args.rounds)})
        return
    recipe = Recipe(size=args.size, precision="float32")
    vgg19 = load_backbone(recipe.changed(backbone="vgg19"), bench.weights())
    drafter = Drafter.load()
    remaining: dict[str, dict[str, float]] = {}
    for painting in args.paintings:
        style, rows, remaining[painting] = bench.painting(painting), [], {}
        for photo in args.photos:
            content = bench.photo(photo)
            draft = drafter.draft(content, [style], size=args.size)
            before, after = (
                evaluate(picture, content, style, recipe, vgg19)["style"] for picture in (content, draft)
            )
            remaining[painting][photo] = round(after / before, 3)
            rows.append(np.concatenate([images.resize(tile, TILE) for tile in (content, draft)], axis=1))
        print(f"{painting}: {remaining[painting]}", flush=True)
        contact_sheet = np.clip(np.concatenate(rows), 0, 1)
        bench.write_picture(bench.RESULTS / "pictures" / f"draft-{painting}.jpg", contact_sheet)
    unseen = [share for name in UNSEEN if name in remaining for share in remaining[name].values()]
    bench.keep(
        f"draft-{args.size}",
        {
            "size": args.size,
            "unseen": UNSEEN,
            "style_loss_left_of_unseen": _mean(unseen),
            "style_loss_left_of_all": _mean(
                [share for shares in remaining.values() for share in shares.values()]
            ),
            "by_painting": remaining,
            "warm": _times(drafter, args.size, args.rounds),
        },
    )


def _mean(shares: list[float]) -> float | None:
    return round(float(np.mean(shares)), 3) if shares else None


def _times(drafter: Drafter, size: int, rounds: int) -> dict[str, Any]:
    """Time drafts with known pictures, with a new style, and with a new photo and style."""
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
