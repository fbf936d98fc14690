"""The default painting against a plain Gatys reference, in one run.

The reference is Gatys et al. 2015 as most programs implement it: one scale, float32,
L-BFGS, 300 evaluations, no smoothing. It uses the engine's own parts, so that only the
method differs. Both times include loading the network, and tracing.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import Array

EVALUATIONS = 300
REFERENCE = {"scales": 1, "max_steps": EVALUATIONS, "smoothness": 0, "precision": "float32"}
"""What the reference changes in the default recipe."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument(
        "--evaluations",
        type=int,
        default=EVALUATIONS,
        help="evaluations of the reference; if fewer than 300, the time is extrapolated",
    )
    args = parser.parse_args()
    default = Recipe(size=args.size)
    reference = default.changed(**REFERENCE)
    content, style = bench.photo("tubingen"), bench.painting("starry")
    ours = _paint("default", default, content, style, None)
    theirs = _paint("reference", reference, content, style, args.evaluations)
    bench.keep(
        f"gatys-{args.size}",
        {
            "size": args.size,
            "reference": theirs | {"times_prolonged": theirs["evaluations"] < EVALUATIONS},
            "default": ours,
            "times_faster": round(theirs["seconds"] / ours["seconds"], 2),
            "times_fewer_core_seconds": round(theirs["core_seconds"] / ours["core_seconds"], 2),
        },
    )


def _paint(
    name: str, recipe: Recipe, content: Array, style: Array, evaluations: int | None
) -> dict[str, Any]:
    clock, first = bench.Clock(), None
    backbone = bench.network(recipe)
    painting = Painting.begin(content, [style], recipe, backbone=backbone)
    while not painting.finished and (evaluations is None or painting.evaluations < evaluations):
        painting.advance()
        first = first or (painting.evaluations, clock.read())
    picture = painting.picture()
    times = _extrapolated(clock.read(), painting.evaluations, first, evaluations)
    bench.write_picture(bench.RESULTS / "pictures" / f"{name}-{recipe.size}.jpg", picture)
    _, content_loss, style_loss, total = painting.losses[-1]
    return times | {
        "steps": painting.step,
        "evaluations": painting.evaluations,
        "content_loss": content_loss,
        "style_loss": style_loss,
        "total_loss": total,
    }


def _extrapolated(
    times: dict[str, float], done: int, first: tuple[int, dict[str, float]] | None, limit: int | None
) -> dict[str, float]:
    """Extrapolate the reference's times to all evaluations, if it was cut short; start-up counts once."""
    if limit is None or first is None or done >= EVALUATIONS:
        return times
    already, first_times = first
    factor = (EVALUATIONS - already) / (done - already)
    return {key: round(first_times[key] + (times[key] - first_times[key]) * factor, 2) for key in times}


if __name__ == "__main__":
    main()
