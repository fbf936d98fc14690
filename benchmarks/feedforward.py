"""One-pass styles: instance against batch normalisation (Ulyanov et al. 2016), and the time of a pass.

Both networks start from the same weights, see the same crops and minimise the
same losses; only the normalisation differs. The curves are means over a
window of steps. The networks are kept in benchmarks/runs/feedforward, for
`python -m docs.generate.explain normalisation --networks INSTANCE.npz BATCH.npz`.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import bench
from engine import Recipe
from engine.backbones import Array, load_backbone
from engine.feedforward.network import Norm
from engine.feedforward.photographs import Photographs
from engine.feedforward.plan import TrainingPlan
from engine.feedforward.styles import FeedforwardStyles
from engine.feedforward.training import FeedforwardTraining
from engine.recipe.feedforward_styles import FEEDFORWARD_FILE

NORMS: tuple[Norm, ...] = ("instance", "batch")
COLOURS = {"instance": (192, 80, 40), "batch": (60, 90, 160)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paintings", nargs="+", default=("starry_night",))
    parser.add_argument(
        "--photos", type=Path, help="a folder of photographs to train on (default: the one in the test data)"
    )
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--window", type=int, default=20)
    parser.add_argument("--network", default="compact", choices=("compact", "vgg19"))
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    parser.add_argument("--only", choices=("curves", "apply"))
    args = parser.parse_args()
    bench.use_threads(args.threads)
    result: dict[str, Any] = {}
    if args.only != "apply":
        result |= _curves(args)
    if args.only != "curves":
        result["apply"] = _apply()
    bench.keep("feedforward" + (f"-{args.only}" if args.only else ""), result)


def _curves(args: argparse.Namespace) -> dict[str, Any]:
    """Train both in alternation, step by step, so that other load on the machine affects both alike."""
    backbone = load_backbone(Recipe(backbone=args.network, precision="float32"), bench.weights())
    styles = [bench.painting(name) for name in args.paintings]
    folder = args.photos or bench.data() / "images/training-photos"
    trainings = {
        norm: FeedforwardTraining(
            TrainingPlan(
                names=tuple(args.paintings),
                titles=tuple(args.paintings),
                side=args.side,
                batch=args.batch,
                steps=args.steps,
                seed=args.seed,
                norm=norm,
                style_sides=(256,),
            ),
            styles,
            Photographs(folder, args.side, args.seed),
            backbone,
        )
        for norm in NORMS
    }
    totals: dict[str, list[float]] = {norm: [] for norm in NORMS}
    for step in range(args.steps):
        for norm, training in trainings.items():
            totals[norm].append(training.advance().total)
        if (step + 1) % args.window == 0:
            print(
                step + 1, {norm: np.mean(rows[-args.window :]) for norm, rows in totals.items()}, flush=True
            )
    for norm, training in trainings.items():
        training.export(bench.RUNS / "feedforward" / f"{norm}.npz")
        training.close()
    curves = {norm: _windows(rows, args.window) for norm, rows in totals.items()}
    _draw(curves, bench.RESULTS / "pictures" / "feedforward-curves.png")
    below = [i < b for i, b in zip(curves["instance"], curves["batch"], strict=True)]
    return {
        "choices": {name: getattr(args, name) for name in ("steps", "side", "batch", "seed", "window")}
        | {"network": args.network, "paintings": list(args.paintings)},
        "curves": curves,
        "share_of_windows_where_instance_is_lower": round(float(np.mean(below)), 3),
        "last": {norm: curve[-1] for norm, curve in curves.items()},
    }


def _windows(totals: list[float], window: int) -> list[float]:
    rows = np.array(totals[: len(totals) // window * window]).reshape(-1, window)
    return [round(float(mean), 5) for mean in rows.mean(1)]


def _draw(curves: dict[str, list[float]], path: Path) -> None:
    """Draw the curves on a logarithmic scale."""
    width, height, margin = 640, 400, 40
    values = np.log(np.array([curves[norm] for norm in NORMS]))
    low, high = values.min(), values.max()
    chart = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(chart)
    pen.line(
        [(margin, margin), (margin, height - margin), (width - margin, height - margin)], fill=(120, 120, 120)
    )
    for norm, curve in zip(NORMS, values, strict=True):
        xs = np.linspace(margin, width - margin, len(curve))
        ys = height - margin - (curve - low) / max(high - low, 1e-9) * (height - 2 * margin)
        for (x, y), (x2, y2) in itertools.pairwise(zip(xs, ys, strict=True)):
            pen.line([(x, y), (x2, y2)], fill=COLOURS[norm], width=2)
        pen.text((width - 2 * margin - 60, margin + 16 * NORMS.index(norm)), norm, fill=COLOURS[norm])
    pen.text((margin, margin // 2), f"total loss, {np.exp(low):.3f} to {np.exp(high):.3f}", fill=(60, 60, 60))
    path.parent.mkdir(parents=True, exist_ok=True)
    chart.save(path)


def _apply(size: int = 512, rounds: int = 8) -> dict[str, Any]:
    """Time passes through the built-in network after a first one, and write a picture of its styles."""
    if not FEEDFORWARD_FILE.exists():
        return {}
    styles, photo = FeedforwardStyles.load(), bench.photo("tubingen")
    tiles: list[Array] = [styles.apply(photo, name, size=size) for name in styles.names]
    bench.write_picture(bench.RESULTS / "pictures" / "feedforward-styles.jpg", np.concatenate(tiles, axis=1))
    times = []
    for _ in range(rounds):
        clock = bench.Clock()
        styles.apply(photo, styles.names[0], size=size)
        times.append(clock.read(digits=3))
    return {"size": size, **{key: min(row[key] for row in times) for key in times[0]}}


if __name__ == "__main__":
    main()
