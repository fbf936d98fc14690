"""Which numbers to compute in, and whether XLA compiles a step: measured, as both depend on the machine.

Except where a processor says that it has no bfloat16: then it is not even tried.
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
"""Of the picture that is timed on a card, where a small one says little."""
_STEPS_A_SCALE = 60
"""So many steps pay for compiling once: XLA compiles for every size of picture anew."""

_log = logging.getLogger(__name__)
_measuring = threading.Lock()
"""Two threads that ask at once would slow each other: the second waits for what the first finds out."""


def is_emulated(precision: str) -> bool:
    """Tell whether these numbers are known to be computed by others here, hundreds of times as slowly."""
    return precision == "bfloat16" and not devices.accelerator_names() and has_bfloat16() is False


def choose(
    precision: str, weights: Path, pooling: str, cache: Path | None, *, network: str = "vgg19"
) -> tf.DType:
    """Return the type to compute features in.

    Args:
        precision: "float32", "bfloat16", or "auto" for the faster one here.
        weights: the network's file.
        pooling: as the recipe has it.
        cache: a JSON file that keeps what was measured, by the kind of machine;
            None measures once in each process.
        network: as `engine.backbones.networks.NETWORKS` names it.
    """
    if precision != "auto":
        return tf.as_dtype(precision)
    return tf.as_dtype(_fastest(weights, pooling, cache, network))


def xla_pays(
    dtype: tf.DType, weights: Path, pooling: str, cache: Path | None, *, network: str = "vgg19"
) -> bool:
    """Tell whether a step is quicker when XLA has compiled it.

    Tried on cards only: on processors it was slower in every case that was measured.

    Args:
        dtype: what the network computes in.
        weights: the network's file.
        pooling: as the recipe has it.
        cache: as of `choose`.
        network: as `engine.backbones.networks.NETWORKS` names it.
    """
    return bool(devices.accelerator_names()) and _xla_wins(weights, pooling, dtype.name, cache, network)


def is_settled(precision: str, cache: Path | None, *, network: str = "vgg19") -> bool:
    """Tell whether `choose` and `xla_pays` answer at once: nothing is left to be measured.

    Args:
        precision: as of `choose`.
        cache: as of `choose`.
        network: as `engine.backbones.networks.NETWORKS` names it.
    """
    known = _read(cache)
    if precision == "auto" and is_emulated("bfloat16"):
        precision = "float32"
    elif precision == "auto":
        seconds = known.get(_machine(network))
        if seconds is None:
            return False
        precision = _faster(seconds)
    return not devices.accelerator_names() or _machine_with_xla(network, precision) in known


@functools.lru_cache
def _xla_wins(weights: Path, pooling: str, dtype: str, cache: Path | None, network: str) -> bool:
    machine = _machine_with_xla(network, dtype)
    with _measuring:
        known = _read(cache)
        seconds = known.get(machine)
        if seconds is None:
            try:
                seconds = _with_and_without(weights, pooling, dtype, network)
            except tf.errors.ResourceExhaustedError:
                return False  # somebody else has the card's memory; that says nothing of tomorrow
            _log.info("a step takes %s s", seconds)
            _write(cache, known | {machine: seconds})
    return seconds["compiled"] < seconds["plain"]


def _with_and_without(weights: Path, pooling: str, dtype: str, network: str) -> dict[str, float]:
    """Time a step as it is, and compiled by XLA, its share of the time that compiling takes included."""
    plain, _ = _timed_step(weights, pooling, dtype, network)
    try:
        compiled, first = _timed_step(weights, pooling, dtype, network, compiled=True)
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        _log.info("XLA does not compile a step here: %s", error)
        return {"plain": plain, "compiled": float("inf")}
    return {"plain": plain, "compiled": compiled + (first - compiled) / _STEPS_A_SCALE}


def seconds_a_convolution(dtype: str) -> float:
    """Time a small convolution's gradient, which is what emulation is slowest at.

    Of a quick one the second time, when it is prepared.
    """
    maps = tf.cast(tf.random.stateless_uniform([1, _SIDE, _SIDE, _CHANNELS], seed=[0, 0]), dtype)
    kernel = tf.cast(tf.random.stateless_uniform([3, 3, _CHANNELS, _CHANNELS], seed=[0, 1]), dtype)
    seconds = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(maps), filter=kernel, out_backprop=maps, strides=[1] * 4, padding="SAME"
        ).numpy()
        seconds = time.perf_counter() - begun
        if seconds > 1:
            break
    return seconds


@functools.lru_cache
def _fastest(weights: Path, pooling: str, cache: Path | None, network: str) -> str:
    if is_emulated("bfloat16"):
        return "float32"
    machine = _machine(network)
    with _measuring:
        known = _read(cache)
        seconds = known.get(machine)
        if seconds is None:
            seconds = _both(lambda dtype: _seconds_a_step(weights, pooling, dtype, network))
            _log.info("a step takes %s s", seconds)
            _write(cache, known | {machine: seconds})
    return _faster(seconds)


def _faster(seconds: Mapping[str, float]) -> str:
    return "bfloat16" if seconds["bfloat16"] < seconds["float32"] else "float32"


def _both(seconds_a_step: Callable[[str], float]) -> dict[str, float]:
    """Time a step in each; of bfloat16 one convolution, where that alone takes longer than a step should."""
    float32 = seconds_a_step("float32")
    one = seconds_a_convolution("bfloat16")
    return {"float32": float32, "bfloat16": one if one > float32 else seconds_a_step("bfloat16")}


def _machine(network: str) -> str:
    """Name what the answer depends on.

    Not the host, except where the processor has no name: a container's is new each time.
    """
    kind = processor_model() or platform.node()
    machine = [tf.__version__, platform.machine(), kind, str(os.cpu_count()), *devices.accelerator_names()]
    return " ".join([*machine, network])


def _machine_with_xla(network: str, dtype: str) -> str:
    return f"{_machine(network)} {dtype} XLA"


def _seconds_a_step(weights: Path, pooling: str, dtype: str, network: str) -> float:
    return _timed_step(weights, pooling, dtype, network)[0]


def _timed_step(
    weights: Path, pooling: str, dtype: str, network: str, *, compiled: bool = False
) -> tuple[float, float]:
    """Time features, Gram matrices and the gradient to a small picture: the best of a few, and the first."""
    backbone = NETWORKS[network](weights, pooling=pooling, dtype=tf.as_dtype(dtype))
    layers = [layer for layer in backbone.layers if layer.endswith("_conv1")]

    def evaluated(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.add_n([_channel_products(maps) for maps in backbone.features(image, layers).values()])
        return tape.gradient(loss, image)

    step = traced(evaluated, jit_compile=compiled or None)
    side = _CARD_SIDE if devices.accelerator_names() else _SIDE
    image = tf.random.stateless_uniform([1, side, side, 3], seed=[0, 0])
    times = []
    for _ in range(1 + _REPEATS):
        begun = time.perf_counter()
        step(image).numpy()
        times.append(time.perf_counter() - begun)
    return min(times[1:]), times[0]


def _channel_products(maps: tf.Tensor) -> tf.Tensor:
    """Sum the products of a map's channels, whose cost is that of a style loss."""
    flat = tf.cast(tf.reshape(maps, [-1, maps.shape[-1]]), tf.float32)
    return tf.reduce_mean(tf.matmul(flat, flat, transpose_a=True))


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
        with atomic_write(cache) as file:
            file.write(json.dumps(known, indent=1).encode())
    except OSError as error:
        _log.warning("what was measured could not be kept: %s", error)
