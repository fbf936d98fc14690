"""One step's cost: share of the machine's ceiling, growth with the pixels, peak memory.

The ceiling is the sum over the network's convolutions of the best isolated
time of each, forward and backward: of TensorFlow's own gradient and of a forward
convolution that does the same, whichever is faster here.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks import bench
from engine import Painting, Recipe
from engine.backbones import VGG19

SIZES = (256, 384, 512, 768, 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak", action="store_true", help="only print the peak memory of a painting")
    args = parser.parse_args()
    if args.peak:
        print(json.dumps(_peak(args.size)))
        return
    seconds = {size: _step_seconds(size, args.rounds) for size in SIZES}
    ceiling = _ceiling(args.size, args.rounds)
    exponent = np.polyfit([2 * np.log(size) for size in SIZES], np.log(list(seconds.values())), 1)[0]
    bench.keep(
        "step",
        {
            "size": args.size,
            "seconds_a_step": seconds,
            "ceiling_seconds": round(sum(ceiling.values()), 4),
            "ceiling_by_layer": ceiling,
            "share_of_ceiling": round(sum(ceiling.values()) / seconds[args.size], 3),
            "exponent_of_pixels": round(float(exponent), 3),
            "peak_bytes": _peak_of_another_process(args.size),
        },
    )


def _best(work: Callable[[], Any], rounds: int) -> float:
    work()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def _painting(size: int) -> Painting:
    recipe = Recipe(size=size, scales=1, max_steps=1000)
    content, style = bench.photo("tubingen"), bench.painting("starry")
    return Painting.begin(content, [style], recipe, backbone=bench.network(recipe))


def _step_seconds(size: int, rounds: int) -> float:
    """Time a whole step of one evaluation: losses, gradient, direction, acceptance."""
    painting = _painting(size)
    for _ in range(3):
        painting.advance()  # traces, and fills the memory
    times = []
    for _ in range(rounds):
        before, begun = painting.evaluations, time.perf_counter()
        painting.advance()
        times.append((time.perf_counter() - begun) / (painting.evaluations - before))
    return round(min(times), 4)


def _ceiling(size: int, rounds: int) -> dict[str, float]:
    backbone = bench.network(Recipe())
    assert isinstance(backbone, VGG19)
    height, width = _painting(size).picture().shape[:2]
    maps = backbone.features(tf.zeros([1, height, width, 3]), backbone.layers)
    ceiling, channels = {}, 3
    for layer in backbone.layers:
        _, rows, columns, out = maps[layer].shape
        ceiling[layer] = round(_convolution_seconds(rows, columns, channels, out, backbone.dtype, rounds), 5)
        channels = out
    return ceiling


def _convolution_seconds(
    rows: int, columns: int, channels: int, out: int, dtype: tf.DType, rounds: int
) -> float:
    x = tf.cast(tf.random.normal([1, rows, columns, channels]), dtype)
    y = tf.cast(tf.random.normal([1, rows, columns, out]), dtype)
    kernel = tf.cast(tf.random.normal([3, 3, channels, out]), dtype)
    turned = tf.transpose(kernel, [0, 1, 3, 2])
    forward = tf.function(lambda: tf.nn.conv2d(x, kernel, 1, "SAME"))
    own = tf.function(
        lambda: tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(x), filter=kernel, out_backprop=y, strides=[1] * 4, padding="SAME"
        )
    )
    by_forward = tf.function(lambda: tf.nn.conv2d(y, turned, 1, "SAME"))
    return _best(forward, rounds) + min(_best(own, rounds), _best(by_forward, rounds))


def _peak_of_another_process(size: int) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.step", "--peak", "--size", str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(json.loads(done.stdout.splitlines()[-1]))


def _peak(size: int) -> int:
    """Return the most memory that a painting through all scales takes, in bytes."""
    recipe = Recipe(size=size, max_steps=12)
    content, style = bench.photo("tubingen"), bench.painting("starry")
    bench.finish(Painting.begin(content, [style], recipe, backbone=bench.network(recipe)))
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent process held when it forked
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
