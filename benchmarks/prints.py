"""The cost of a print: the time of a step per megapixel against that of a small picture, and the peak memory.

Each is measured in a separate process, in alternation. The first step of both is left out, since
it also measures the styles and the photo, and builds the graph.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks import bench
from engine import Painting, Recipe
from engine.recipe import knobs
from engine.recipe.paper import CM_PER_INCH, DPI

SMALL = 1024
MEGABYTE = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4096, help="the print's longer side")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--network", default="vgg19", choices=("vgg19", "compact"))
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--one", type=int, help="only paint at this size, and print the measurements")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(_paint(args.one, args.network, args.precision, args.steps)))
        return
    runs: dict[int, list[dict[str, float]]] = {SMALL: [], args.size: []}
    for _ in range(args.rounds):
        for size, results in runs.items():
            results.append(_in_another_process(size, args))
    best = {size: min(run["core_seconds_a_megapixel"] for run in results) for size, results in runs.items()}
    bench.keep(
        f"prints-{args.network}-{args.size}",
        {
            "runs": {str(size): results for size, results in runs.items()},
            "core_seconds_a_megapixel": best,
            "ratio": round(best[args.size] / best[SMALL], 3),
            "peak_megabytes": max(run["peak_megabytes"] for run in runs[args.size]),
        },
    )


def _in_another_process(size: int, args: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.prints", "--one", str(size), "--network", args.network]
    command += ["--precision", args.precision, "--steps", str(args.steps)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(size, result, file=sys.stderr)
    return result


def _paint(size: int, network: str, precision: str, steps: int) -> dict[str, float]:
    """Paint a few steps at a single scale; return the measurements of a typical one."""
    recipe = Recipe(scales=1, max_steps=steps, backbone=network, precision=precision)
    largest = int(knobs()["size"].maximum or 0)
    paper = {"paper": "own", "paper_cm": size / DPI * CM_PER_INCH}
    recipe = recipe.changed(size=size) if size <= largest else recipe.changed(**paper)
    photo, style = bench.photo("tubingen"), bench.painting("starry_night")
    painting = Painting.begin(photo, [style], recipe, backbone=bench.network(recipe))
    seconds, core_seconds, units, longest = [], [], 0, 0.0
    clock = bench.Clock()
    while not painting.finished:
        before, unit = painting.step, time.perf_counter()
        painting.advance()
        if painting.step > before:
            painting.picture()  # waits for the step, which may be computed in the background
        units, longest = units + 1, max(longest, time.perf_counter() - unit)
        if painting.step > before:
            times, clock = clock.read(4), bench.Clock()
            seconds.append(times["seconds"])
            core_seconds.append(times["core_seconds"])
    height, width = painting.picture().shape[:2]
    typical, cores = statistics.median(seconds[1:]), statistics.median(core_seconds[1:])
    return {
        "width": width,
        "height": height,
        "first_step_s": round(seconds[0], 2),
        "step_s": round(typical, 3),
        "seconds_a_megapixel": round(typical / (height * width / 1e6), 3),
        "core_seconds_a_megapixel": round(cores / (height * width / 1e6), 3),
        "units": units,
        "longest_unit_s": round(longest, 2),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE),
        "finite": bool(np.isfinite(painting.picture()).all()),
    }


if __name__ == "__main__":
    main()
