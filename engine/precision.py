"""Which numbers to compute in: measured, since it depends on the processor alone."""

from __future__ import annotations

import functools
import json
import logging
import os
import platform
import tempfile
import time
from pathlib import Path

import tensorflow as tf

from engine.backbones import VGG19
from engine.losses import gram_matrix

_SIDE = 96
_REPEATS = 3

_log = logging.getLogger(__name__)


def choose(precision: str, weights: Path, pooling: str, cache: Path | None) -> tf.DType:
    """Return the type to compute features in.

    Args:
        precision: "float32", "bfloat16", or "auto" for the faster one here.
        weights: VGG19's file.
        pooling: as the recipe has it.
        cache: a JSON file that keeps what was measured, by machine; None
            measures once in each process.
    """
    if precision != "auto":
        return tf.as_dtype(precision)
    return tf.as_dtype(_fastest(weights, pooling, cache))


@functools.lru_cache
def _fastest(weights: Path, pooling: str, cache: Path | None) -> str:
    machine = _machine()
    known = _read(cache)
    seconds = known.get(machine)
    if seconds is None:
        seconds = {name: _seconds_a_step(weights, pooling, name) for name in ("float32", "bfloat16")}
        _log.info("a step takes %s s", seconds)
        _write(cache, known | {machine: seconds})
    return "bfloat16" if seconds["bfloat16"] < seconds["float32"] else "float32"


def _machine() -> str:
    """Name what the answer depends on."""
    devices = [
        str(tf.config.experimental.get_device_details(device).get("device_name", device.device_type))
        for device in tf.config.list_physical_devices("GPU")
    ]
    return " ".join([tf.__version__, platform.machine(), platform.node(), str(os.cpu_count()), *devices])


def _seconds_a_step(weights: Path, pooling: str, dtype: str) -> float:
    """Time features, Gram matrices and the gradient to a small picture: the best of a few."""
    backbone = VGG19(weights, pooling=pooling, dtype=tf.as_dtype(dtype))
    layers = [layer for layer in backbone.layers if layer.endswith("_conv1")]

    @tf.function
    def step(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            grams = [gram_matrix(maps) for maps in backbone.features(image, layers).values()]
            loss = tf.add_n([tf.reduce_sum(gram) for gram in grams])
        return tape.gradient(loss, image)

    image = tf.random.stateless_uniform([1, _SIDE, _SIDE, 3], seed=[0, 0])
    step(image).numpy()
    times = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        step(image).numpy()
        times.append(time.perf_counter() - begun)
    return min(times)


def _read(cache: Path | None) -> dict[str, dict[str, float]]:
    try:
        known = json.loads(cache.read_text()) if cache else {}
        return {str(key): {k: float(v) for k, v in value.items()} for key, value in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # nothing measured yet, or not readable: measuring again does no harm


def _write(cache: Path | None, known: dict[str, dict[str, float]]) -> None:
    if cache is None:
        return
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache.parent, delete=False) as file:
            json.dump(known, file, indent=1)
        Path(file.name).replace(cache)
    except OSError as error:
        _log.warning("what was measured could not be kept: %s", error)
