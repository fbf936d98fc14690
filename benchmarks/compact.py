"""The compact network against VGG19: the objective after the same schedule, and the cost of a step.

Paints every combination of paintings and photographs that neither network was trained on,
and compares the results by VGG19's own objective. Each pair is kept once it is finished, so
that the same command resumes. A contact sheet shows the photo, VGG19's painting and the
compact network's painting in each row.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.quiet import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow as tf

from benchmarks import bench
from benchmarks.strength import PAINTINGS, PHOTOS
from engine import Painting, Recipe
from engine.backbones import Array, Backbone, load_backbone
from engine.backbones.weights import COMPACT_FILE
from engine.imaging import images
from engine.losses.objective import objective_for
from engine.painting.inputs import Inputs

TILE = (192, 256)
NETWORKS = ("vgg19", "compact")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--quality", default="screen", choices=("sketch", "screen"))
    parser.add_argument("--photos", nargs="+", default=PHOTOS)
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS)
    parser.add_argument("--cost-size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    parser.add_argument("--only", choices=("cost", "quality"))
    args = parser.parse_args()
    bench.use_threads(args.threads)
    recipe = Recipe(size=args.size, quality=args.quality, precision="float32")
    result: dict[str, Any] = {"recipe": recipe.to_dict(), "compact": _fingerprint()}
    if args.only != "quality":
        result["step"] = _cost(args.cost_size, args.rounds)
    if args.only != "cost":
        result |= _quality(recipe, args.photos, args.paintings)
    bench.keep(f"compact-{args.size}-{args.quality}" + (f"-{args.only}" if args.only else ""), result)


def _network(name: str) -> Backbone:
    return load_backbone(Recipe(backbone=name, precision="float32"), bench.weights())


def _quality(recipe: Recipe, photos: list[str], paintings: list[str]) -> dict[str, Any]:
    networks = {name: _network(name) for name in NETWORKS}
    folder = bench.RUNS / f"compact-{recipe.size}-{recipe.quality}"
    folder.mkdir(parents=True, exist_ok=True)
    pairs = {}
    for painting in paintings:
        for photo in photos:
            pairs[f"{photo} as {painting}"] = result = _pair(photo, painting, recipe, networks, folder)
            print(f"{photo} as {painting}: {result}", flush=True)
        _write_contact_sheet(painting, photos, folder)
    ratios = [pair["compact"]["total"] / pair["vgg19"]["total"] for pair in pairs.values()]
    means = {name: float(np.mean([pair[name]["total"] for pair in pairs.values()])) for name in NETWORKS}
    return {
        "pairs": len(pairs),
        "mean_total": means,
        "ratio_of_means": round(means["compact"] / means["vgg19"], 3),
        "mean_ratio": round(float(np.mean(ratios)), 3),
        "median_ratio": round(float(np.median(ratios)), 3),
        "worst_ratio": round(max(ratios), 3),
        "by_pair": pairs,
    }


def _pair(
    photo: str, painting: str, recipe: Recipe, networks: dict[str, Backbone], folder: Path
) -> dict[str, dict[str, float]]:
    """Paint a pair with each network, unless an earlier run did, and evaluate VGG19's objective."""
    content, style = bench.photo(photo), bench.painting(painting)
    return {
        name: _paint(folder / _name_of(photo, painting, name), content, style, recipe, (backbone, networks))
        for name, backbone in networks.items()
    }


def _name_of(photo: str, painting: str, name: str) -> str:
    """Name the files of a painting; another compact network gets new ones, VGG19 never changes."""
    network = name if name == "vgg19" else f"compact-{_fingerprint()}"
    return f"{painting}-{photo}-{network}"


@functools.cache
def _fingerprint() -> str:
    return hashlib.sha256(COMPACT_FILE.read_bytes()).hexdigest()[:8]


def _paint(
    path: Path,
    content: Array,
    style: Array,
    recipe: Recipe,
    through: tuple[Backbone, dict[str, Backbone]],
) -> dict[str, float]:
    record = path.with_name(f"{path.name}.json")
    if record.exists():
        return dict(json.loads(record.read_text()))
    backbone, networks = through
    clock = bench.Clock()
    process = Painting.begin(content, [style], recipe.changed(backbone=backbone.name), backbone=backbone)
    picture = bench.finish(process)
    result = evaluate(picture, content, style, recipe, networks["vgg19"])
    result |= {"steps": process.step, **clock.read()}
    bench.write_picture(path.with_name(f"{path.name}.png"), picture)
    record.write_text(json.dumps(result) + "\n")
    return result


def evaluate(
    picture: Array, content: Array, style: Array, recipe: Recipe, vgg19: Backbone
) -> dict[str, float]:
    """Return the losses of a picture through VGG19, with the weights of the recipe."""
    inputs = Inputs.of(content, [style], recipe, vgg19)
    size = inputs.content.shape[:2]
    sources = inputs.source_features((size[0], size[1]), recipe)
    tensor = tf.constant(images.resize(picture, (size[0], size[1]))[None])
    targets = sources.targets(
        recipe, {name: sources.match(name, recipe, tensor) for name in sources.matching}
    )
    evaluation = objective_for(vgg19)(tensor, targets)
    content_loss, style_loss = targets.content_and_style(evaluation.losses, recipe)
    return {
        "total": round(float(evaluation.total), 6),
        "content": round(content_loss, 5),
        "style": round(style_loss, 6),
    }


def _write_contact_sheet(painting: str, photos: list[str], folder: Path) -> None:
    rows = []
    for photo in photos:
        tiles = [bench.photo(photo)]
        tiles += [bench.read(folder / f"{_name_of(photo, painting, name)}.png").rgb for name in NETWORKS]
        rows.append(np.concatenate([images.resize(tile, TILE) for tile in tiles], axis=1))
    sheet = bench.RESULTS / "pictures" / f"compact-{painting}.jpg"
    bench.write_picture(sheet, np.clip(np.concatenate(rows, axis=0), 0, 1))


def _cost(size: int, rounds: int) -> dict[str, Any]:
    """Time a step through each network in float32, in alternation, so that other load affects both alike."""
    content, style = bench.photo("tubingen"), bench.painting("starry")
    recipe = Recipe(size=size, scales=1, max_steps=1000, precision="float32")
    paintings = {name: Painting.begin(content, [style], recipe, backbone=_network(name)) for name in NETWORKS}
    for process in paintings.values():
        for _ in range(3):
            process.advance()  # traces, and fills the optimizer's history
    times: dict[str, list[dict[str, float]]] = {name: [] for name in NETWORKS}
    for _ in range(rounds):
        for name, process in paintings.items():
            before, clock = process.evaluations, bench.Clock()
            process.advance()
            process.picture()
            cost = clock.read(digits=4)
            times[name].append({key: value / (process.evaluations - before) for key, value in cost.items()})
    best = {
        name: {key: round(min(row[key] for row in rows), 4) for key in rows[0]}
        for name, rows in times.items()
    }
    return {
        "size": size,
        "precision": "float32",
        "by_network": best,
        "times_cheaper": round(best["vgg19"]["seconds"] / best["compact"]["seconds"], 2),
        "times_fewer_core_seconds": round(best["vgg19"]["core_seconds"] / best["compact"]["core_seconds"], 2),
    }


if __name__ == "__main__":
    main()
