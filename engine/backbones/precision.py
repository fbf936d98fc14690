"""Choose the precision to compute in, and whether XLA compiles a step, by measuring on this machine.

A processor without bfloat16 instructions is not measured, since emulation is always slower.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import tensorflow as tf

from engine.atomic import atomic_write
from engine.backbones import devices
from engine.backbones.devices import has_bfloat16, processor_model
from engine.backbones.networks import NETWORKS
from engine.backbones.tracing import traced

_SIDE = 96
_CHANNELS = 64
_REPEATS = 3
_CARD_SIDE = 512
"""The side of the picture that is timed on a GPU, where a small one would show little."""
_STEPS_PER_SCALE = 60
"""The number of steps that share the cost of compiling: XLA compiles again for each size."""

_log = logging.getLogger(__name__)
_measuring = threading.Lock()
"""Two threads that ask at once would slow each other: the second waits for what the first finds out."""


def is_emulated(precision: str) -> bool:
    """Return whether this machine is known to emulate a precision, hundreds of times more slowly."""
    return precision == "bfloat16" and not devices.accelerator_names() and has_bfloat16() is False


def choose_dtype(
    precision: str, weights: Path, pooling: str, cache: Path | None, *, network: str = "vgg19"
) -> tf.DType:
    """Return the type to compute features in.

    Args:
        precision: "float32", "bfloat16", or "auto" for the faster one on this machine.
        weights: the network's file.
        pooling: the recipe's pooling.
        cache: a JSON file with the measurements of each model of machine; None
            measures once in each process.
        network: a key of `engine.backbones.networks.NETWORKS`.
    """
    if precision != "auto":
        return tf.as_dtype(precision)
    return tf.as_dtype(_measure_fastest(weights, pooling, cache, network))


def xla_is_faster(
    dtype: tf.DType, weights: Path, pooling: str, cache: Path | None, *, network: str = "vgg19"
) -> bool:
    """Return whether a step is faster when XLA has compiled it.

    Measured on GPUs only: on processors XLA was slower in every case tried.

    Args:
        dtype: the type that the network computes in.
        weights: the network's file.
        pooling: the recipe's pooling.
        cache: as in `choose_dtype`.
        network: a key of `engine.backbones.networks.NETWORKS`.
    """
    return bool(devices.accelerator_names()) and _measure_xla(weights, pooling, dtype.name, cache, network)


def is_settled(precision: str, cache: Path | None, *, network: str = "vgg19") -> bool:
    """Return whether `choose_dtype` and `xla_is_faster` answer at once, without measuring.

    Args:
        precision: as in `choose_dtype`.
        cache: as in `choose_dtype`.
        network: a key of `engine.backbones.networks.NETWORKS`.
    """
    known = _read(cache)
    if precision == "auto" and is_emulated("bfloat16"):
        precision = "float32"
    elif precision == "auto":
        seconds = known.get(_machine_key(network))
        if seconds is None:
            return False
        precision = _faster(seconds)
    return not devices.accelerator_names() or _xla_key(network, precision) in known


@functools.lru_cache
def _measure_xla(weights: Path, pooling: str, dtype: str, cache: Path | None, network: str) -> bool:
    machine = _xla_key(network, dtype)
    with _measuring:
        known = _read(cache)
        seconds = known.get(machine)
        if seconds is None:
            try:
                seconds = _time_with_and_without_xla(weights, pooling, dtype, network)
            except tf.errors.ResourceExhaustedError:
                return False  # another process has the GPU's memory, which may not last: store nothing
            _log.info("a step takes %s s", seconds)
            _write(cache, known | {machine: seconds})
    return seconds["compiled"] < seconds["plain"]


def _time_with_and_without_xla(weights: Path, pooling: str, dtype: str, network: str) -> dict[str, float]:
    """Time a plain step and one compiled by XLA, which includes its share of the compilation."""
    plain, _ = _time_step(weights, pooling, dtype, network)
    try:
        compiled, first = _time_step(weights, pooling, dtype, network, compiled=True)
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        _log.info("XLA cannot compile a step on this machine: %s", error)
        return {"plain": plain, "compiled": float("inf")}
    return {"plain": plain, "compiled": compiled + (first - compiled) / _STEPS_PER_SCALE}


def convolution_seconds(dtype: str) -> float:
    """Time the gradient of a small convolution, where emulation is slowest.

    A second run counts if the first was quick, since the first includes preparation.
    """
    maps = tf.cast(tf.random.stateless_uniform([1, _SIDE, _SIDE, _CHANNELS], seed=[0, 0]), dtype)
    kernel = tf.cast(tf.random.stateless_uniform([3, 3, _CHANNELS, _CHANNELS], seed=[0, 1]), dtype)
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(maps), filter=kernel, out_backprop=maps, strides=[1] * 4, padding="SAME"
        ).numpy()
        seconds = time.perf_counter() - began
        if seconds > 1:
            break
    return seconds


@functools.lru_cache
def _measure_fastest(weights: Path, pooling: str, cache: Path | None, network: str) -> str:
    if is_emulated("bfloat16"):
        return "float32"
    machine = _machine_key(network)
    with _measuring:
        known = _read(cache)
        seconds = known.get(machine)
        if seconds is None:
            seconds = _time_both(lambda dtype: _step_seconds(weights, pooling, dtype, network))
            _log.info("a step takes %s s", seconds)
            _write(cache, known | {machine: seconds})
    return _faster(seconds)


def _faster(seconds: Mapping[str, float]) -> str:
    return "bfloat16" if seconds["bfloat16"] < seconds["float32"] else "float32"


def _time_both(step_seconds: Callable[[str], float]) -> dict[str, float]:
    """Time a step in each precision.

    If a single convolution in bfloat16 takes longer than a step in float32, its time
    counts instead of a step's.
    """
    float32 = step_seconds("float32")
    convolution = convolution_seconds("bfloat16")
    bfloat16 = convolution if convolution > float32 else step_seconds("bfloat16")
    return {"float32": float32, "bfloat16": bfloat16}


def _machine_key(network: str) -> str:
    """Return a key of everything that a measurement depends on.

    The host name counts only if the processor has no name: each container has a new one.
    """
    model = processor_model() or platform.node()
    machine = [tf.__version__, platform.machine(), model, str(os.cpu_count()), *devices.accelerator_names()]
    return " ".join([*machine, network])


def _xla_key(network: str, dtype: str) -> str:
    return f"{_machine_key(network)} {dtype} XLA"


def _step_seconds(weights: Path, pooling: str, dtype: str, network: str) -> float:
    return _time_step(weights, pooling, dtype, network)[0]


def _time_step(
    weights: Path, pooling: str, dtype: str, network: str, *, compiled: bool = False
) -> tuple[float, float]:
    """Time features, Gram matrices and the gradient of a small picture.

    Returns:
        The seconds of the fastest of a few runs, and those of the first.
    """
    backbone = NETWORKS[network](weights, pooling=pooling, dtype=tf.as_dtype(dtype))
    layers = [layer for layer in backbone.layers if layer.endswith("_conv1")]

    def gradient(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.add_n([_channel_products(maps) for maps in backbone.features(image, layers).values()])
        return tape.gradient(loss, image)

    step = traced(gradient, jit_compile=compiled or None)
    side = _CARD_SIDE if devices.accelerator_names() else _SIDE
    image = tf.random.stateless_uniform([1, side, side, 3], seed=[0, 0])
    times = []
    for _ in range(1 + _REPEATS):
        began = time.perf_counter()
        step(image).numpy()
        times.append(time.perf_counter() - began)
    return min(times[1:]), times[0]


def _channel_products(maps: tf.Tensor) -> tf.Tensor:
    """Return the mean product of a map's channels, which costs as much as a style loss."""
    flat = tf.cast(tf.reshape(maps, [-1, maps.shape[-1]]), tf.float32)
    return tf.reduce_mean(tf.matmul(flat, flat, transpose_a=True))


def _read(cache: Path | None) -> dict[str, dict[str, float]]:
    try:
        known = json.loads(cache.read_text()) if cache else {}
        return {str(key): {k: float(v) for k, v in value.items()} for key, value in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # missing or unreadable: measuring again does no harm


def _write(cache: Path | None, known: dict[str, dict[str, float]]) -> None:
    if cache is None:
        return
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(cache) as file:
            file.write(json.dumps(known, indent=1).encode())
    except OSError as error:
        _log.warning("the measurements could not be stored: %s", error)
