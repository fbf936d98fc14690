"""Paint pairs of a photo and a style, measure the paintings, and lay them out as blind pairs.

Paintings are kept in benchmarks/runs, so that the same command resumes; those of other code
are not used. With `--left` and `--right`, folders of pictures that other code has painted
(a release, a prototype) are measured and judged like the modes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bench
from benchmarks.quality import blind
from benchmarks.quality.measure import Extractor, Reference
from benchmarks.quality.metrics import Array
from benchmarks.quality.modes import MODES, Work, found, paint
from benchmarks.quality.pairs import PAIRS, Pair, read_pairs
from engine import Recipe
from engine.imaging import images

SOURCE = f"a mode ({', '.join(MODES)}), or a folder with a PNG for each pair, PHOTO-STYLE.png"


def main() -> None:
    args = _arguments()
    bench.use_threads(args.threads)
    pairs = read_pairs(args.pairs) if args.pairs else PAIRS
    recipe = Recipe(size=args.size, backbone=args.network)
    sources = dict.fromkeys([*args.modes, args.left, args.right])
    if len({_label(source) for source in sources}) < len(sources) or args.left == args.right:
        raise SystemExit(f"Two of these have one name: {', '.join(sources)}.")
    works = {_label(source): _works(source, pairs, recipe) for source in sources}
    sides = (_label(args.left), _label(args.right))
    painted = {"size": args.size, "network": args.network} if MODES.keys() & sources else {}
    name = args.name or "-".join(["quality", *map(str, painted.values() or sides)])
    scores, shown = _measure(pairs, works)
    items = blind.items_of([pair.name for pair in pairs], sides, args.seed)
    paintings = {side: {pair: _picture(work) for pair, work in works[side].items()} for side in sides}
    blind.write(bench.RUNS / name, items, shown, paintings, args.question)
    bench.keep(name, painted | {"pairs": len(pairs), "mean": _means(scores), "by_pair": scores})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--network", default="vgg19", choices=("vgg19", "compact"))
    parser.add_argument(
        "--pairs", type=Path, help="a file: a photo's path, a tab, a style's path in each line"
    )
    parser.add_argument("--modes", nargs="*", default=tuple(MODES), choices=tuple(MODES))
    parser.add_argument("--left", default="default", help=f"first in the blind pairs: {SOURCE}")
    parser.add_argument("--right", default="gatys", help=f"second in the blind pairs: {SOURCE}")
    parser.add_argument("--seed", type=int, default=0, help="which of the two is on the left in each pair")
    parser.add_argument("--question", default="Which of the two looks more like a painting?")
    parser.add_argument("--name", help="the name of the results and of the folder with the page")
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    return parser.parse_args()


def _label(source: str) -> str:
    """Return a source's name in the results: a mode's, or the last part of a folder's."""
    return Path(source).name


def _works(source: str, pairs: tuple[Pair, ...], recipe: Recipe) -> dict[str, Work]:
    return paint(source, pairs, recipe) if source in MODES else found(Path(source), pairs)


def _picture(work: Work) -> Array:
    return bench.read(work.picture).rgb


def _measure(
    pairs: tuple[Pair, ...], works: Mapping[str, Mapping[str, Work]]
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, tuple[Array, Array]]]:
    """Return scores and cost by pair and source, and each pair's photo and style at the paintings' size."""
    extractor = Extractor()
    scores: dict[str, dict[str, dict[str, Any]]] = {}
    shown = {}
    for pair in pairs:
        photo, style = pair.read()
        paintings = {source: _picture(of_pair[pair.name]) for source, of_pair in works.items()}
        height, width = next(iter(paintings.values())).shape[:2]
        reference = Reference(photo, style, (height, width), extractor)
        scores[pair.name] = {
            source: reference.scores(painting) | works[source][pair.name].cost
            for source, painting in paintings.items()
        }
        shown[pair.name] = images.resize(photo, (height, width)), images.fit(style, max(height, width))
        print(f"{pair.name}: {scores[pair.name]}", flush=True)
    return scores, shown


def _means(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """Return the mean over the pairs of each figure of each source."""
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for of_pair in scores.values():
        for source, figures in of_pair.items():
            by_source.setdefault(source, []).append(figures)
    return {
        source: {
            name: round(float(np.mean([row[name] for row in rows])), 4)
            for name, value in rows[0].items()
            if not isinstance(value, str)
        }
        for source, rows in by_source.items()
    }


if __name__ == "__main__":
    main()
