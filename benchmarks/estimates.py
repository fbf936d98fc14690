"""The error of estimates: unsteered paintings of mixed sizes, each estimated from the ones before.

    python -m benchmarks.estimates --paintings 30

A worker's painter paints them, as in the studio, and estimates each from what it has
measured so far, which at first is a few trial steps. The figure is the median of
|estimated - actual| / actual over all paintings, including the first ones.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from pathlib import Path

from benchmarks import bench
from engine import Recipe
from engine.imaging import images
from jobs.job import Order, Queue
from jobs.live import Live
from jobs.media import Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from worker.attempt import AttemptContext
from worker.calibration import calibrate
from worker.networks import Networks
from worker.painter import Painter

SIZES = (96, 128, 160, 192, 224, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paintings", type=int, default=30)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="longer sides, separated by commas")
    parser.add_argument("--networks", default="compact,vgg19", help="separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pastiche-estimates-") as folder:
        rows = _paint(Path(folder), args)
    errors = [abs(expected - took) / took for _, _, expected, took in rows]
    bench.keep(
        "estimates",
        {
            "paintings": len(rows),
            "median_error": round(statistics.median(errors), 3),
            "median_error_after_ten": round(statistics.median(errors[10:] or errors), 3),
            "each": [
                {"network": network, "size": size, "expected_s": round(expected, 1), "took_s": round(took, 1)}
                for network, size, expected, took in rows
            ],
        },
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _paint(folder: Path, args: argparse.Namespace) -> list[tuple[str, int, float, float]]:
    environment = {"PASTICHE_DATA": str(folder), "VGG19_WEIGHTS": str(bench.weights())}
    settings = Settings.from_env(environment | {"REDIS_URL": f"unix://{folder}/none.sock"})
    store = JobStore.open(settings.database_url, migrate=True)
    media = Media.open(settings.media_url)
    networks = Networks(settings)
    calibrate(networks, store, is_interrupted=lambda: False)
    painter = Painter(
        AttemptContext(
            store=store,
            live=Live.open(settings.redis_url),
            media=media,
            networks=networks,
            lease_s=settings.lease_s,
            scratch=settings.data,
            is_shutting_down=lambda: False,
        )
    )
    rng = random.Random(args.seed)
    rows: list[tuple[str, int, float, float]] = []
    for number in range(args.paintings):
        network, size = rng.choice(args.networks.split(",")), rng.choice(args.sizes)
        recipe = Recipe(size=size, backbone=network, quality=rng.choice(("sketch", "screen")))
        names = rng.choice(("chelsea", "coffee", "astronaut")), rng.choice(("coffee", "chelsea"))
        _order(store, media, recipe, names, str(number))
        painter.paint_next(this_process(Queue.LONG))
        ((expected, took),) = store.costs.estimates(limit=1)
        print(
            f"{number:3} {network:8} {size:4} {recipe.quality:7} {expected:6.1f} s {took:6.1f} s", flush=True
        )
        rows.append((network, size, expected, took))
    store.close()
    return rows


def _order(store: JobStore, media: Media, recipe: Recipe, names: tuple[str, str], token: str) -> None:
    ids = [_stage(store, media, name, role) for name, role in zip(names, ("content", "style"), strict=True)]
    store.jobs.submit(
        Order(owner="bench", content_id=ids[0], style_ids=(ids[1],), recipe=recipe, title="", token=token)
    )


def _stage(store: JobStore, media: Media, name: str, role: str) -> str:
    picture = bench.photo(name)
    data = images.encode(picture, "png")
    height, width = picture.shape[:2]
    return stage(
        store, media, data, owner="bench", role=role, name=f"{name}.png",
        width=width, height=height, suffix=".png", expiry_s=9999,
    ).id  # fmt: skip


if __name__ == "__main__":
    main()
