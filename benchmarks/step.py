"""The cost of a step: its share of the machine's ceiling, its growth with the pixels, its peak memory.

The ceiling is the sum, over the network's convolutions, of the least time of each
in isolation, forward and backward. The gradient is computed by TensorFlow's own operation
and by a forward convolution with the same result; the faster one counts.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping

import numpy as np

from engine.quiet import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow as tf

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import VGG19
from engine.backbones.memory import process_peak_bytes
from engine.cli import ceiling

SIZES = (256, 512, 1024)
Work = Callable[[], int]
"""Something to time; returns how many times it did it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512, choices=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--threads", type=int, default=None, help="threads to compute with (default: all cores)"
    )
    parser.add_argument("--peak", action="store_true", help="only print the peak memory of a painting")
    args = parser.parse_args()
    bench.use_threads(args.threads)
    if args.peak:
        print(json.dumps(_peak(args.size)))
        return
    steps = {size: _step(size) for size in SIZES}
    parts = _convolutions(_painting(args.size).picture().shape[:2])
    works: dict[Hashable, Work] = {}
    works.update(steps.items())
    works.update(parts.items())
    seconds = _interleaved(works, args.rounds)
    best = {layer: _ceiling(layer, seconds) for layer in {layer: None for layer, _ in parts}}
    pixels = [2 * np.log(size) for size in SIZES]
    exponent, _ = np.polyfit(pixels, np.log([seconds[size] for size in SIZES]), 1)
    bench.keep(
        "step",
        {
            "size": args.size,
            "seconds_a_step": {size: round(seconds[size], 4) for size in SIZES},
            "ceiling_seconds": round(sum(best.values()), 4),
            "ceiling_by_layer": {layer: round(value, 5) for layer, value in best.items()},
            "share_of_ceiling": round(sum(best.values()) / seconds[args.size], 3),
            "exponent_of_pixels": round(float(exponent), 3),
            "peak_bytes": _peak_of_another_process(args.size),
        },
    )


def _interleaved(works: Mapping[Hashable, Work], rounds: int) -> dict[Hashable, float]:
    """Return the least time of each work, in seconds per repetition.

    They are timed in alternation, round after round, so that other load on the
    machine affects all of them alike.
    """
    for work in works.values():
        work()
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            count = work()
            best[name] = min(best[name], (time.perf_counter() - started) / count)
    return best


def _painting(size: int) -> Painting:
    recipe = Recipe(size=size, scales=1, max_steps=1000, backbone="vgg19")
    content, style = bench.photo("tubingen"), bench.painting("starry")
    return Painting.begin(content, [style], recipe, backbone=_network())


@functools.cache
def _network() -> VGG19:
    backbone = bench.network(Recipe(backbone="vgg19"))
    assert isinstance(backbone, VGG19)
    return backbone


def _step(size: int) -> Work:
    """Return a complete step: losses, gradient, direction, acceptance; it counts by evaluations."""
    painting = _painting(size)

    def advance() -> int:
        before = painting.evaluations
        painting.advance()
        return painting.evaluations - before

    advance()  # traces, and stores the first pair in the history
    return advance


def _convolutions(size: tuple[int, int]) -> dict[tuple[str, str], Work]:
    """Return the convolution of each layer at its real size: forward, and its gradient in two ways."""
    backbone = _network()
    shapes = ceiling.convolutions(backbone, backbone.layers, size)
    return {
        (layer, name): functools.partial(_once, operation)
        for layer, shape in zip(backbone.layers, shapes, strict=True)
        for name, operation in ceiling.operations(shape, backbone.dtype).items()
    }


def _once(operation: Callable[[], tf.Tensor]) -> int:
    operation()
    return 1


def _ceiling(layer: str, seconds: Mapping[Hashable, float]) -> float:
    backward = min(seconds[layer, kind] for kind in (ceiling.GRADIENT, ceiling.GRADIENT_BY_FORWARD))
    return seconds[layer, ceiling.FORWARD] + backward


def _peak_of_another_process(size: int) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.step", "--peak", "--size", str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(json.loads(done.stdout.splitlines()[-1]))


def _peak(size: int) -> int:
    """Return the peak memory, in bytes, of a painting through all scales."""
    recipe = Recipe(size=size, max_steps=6, backbone="vgg19")
    content, style = bench.photo("tubingen"), bench.painting("starry")
    bench.finish(Painting.begin(content, [style], recipe, backbone=_network()))
    return process_peak_bytes()


if __name__ == "__main__":
    main()
