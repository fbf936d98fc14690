"""What computes here: what the processor can do, and graphics cards with their memory."""

from __future__ import annotations

import functools
import logging
from pathlib import Path

import tensorflow as tf

_CPUINFO = Path("/proc/cpuinfo")
_NAMES = ("model name", "CPU implementer", "CPU part", "cpu")
"""Where the first of several processors says which it is: on x86, on ARM in two parts, on POWER."""
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""What x86 calls its instructions for bfloat16, and what ARM does."""

_log = logging.getLogger(__name__)


def processor_model(cpuinfo: Path = _CPUINFO) -> str | None:
    """Name the kind of processor; None where it does not say."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    facts: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    return " ".join(facts[name] for name in _NAMES if facts.get(name)) or None


def has_bfloat16(cpuinfo: Path = _CPUINFO) -> bool | None:
    """Tell whether the processor multiplies in bfloat16; None where it does not say.

    Where it does not, TensorFlow emulates it, and a convolution takes
    hundreds of times as long as in float32.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return not _BFLOAT16.isdisjoint(flags.split())
    return None


def accelerator_names() -> list[str]:
    """Name the cards that this process sees; `CUDA_VISIBLE_DEVICES` says which those are."""
    return [
        str(tf.config.experimental.get_device_details(card).get("device_name", card.device_type))
        for card in tf.config.list_physical_devices("GPU")
    ]


@functools.cache
def take_memory_as_needed() -> None:
    """Take each card's memory when it is needed: all of it at once, as usual, leaves none to others."""
    for card in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(card, True)
        except RuntimeError:  # something was computed on it before
            _log.warning("the memory of %s is taken as a whole", card.name)


def peak_bytes() -> int | None:
    """Return the most memory that was taken on the first card so far, or None where there is no card."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
