"""The processor and the graphics cards of this machine, and the cards' memory."""

from __future__ import annotations

import functools
import logging
from pathlib import Path

import tensorflow as tf

_CPUINFO = Path("/proc/cpuinfo")
_MODEL_FIELDS = ("model name", "CPU implementer", "CPU part", "cpu")
"""The fields that name the processor: on x86, on ARM (two of them) and on POWER."""
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
"""The names of bfloat16 instructions, on x86 and on ARM."""

_log = logging.getLogger(__name__)


def processor_model(cpuinfo: Path = _CPUINFO) -> str | None:
    """Return the model of the processor, or None if it is unknown."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return " ".join(fields[name] for name in _MODEL_FIELDS if fields.get(name)) or None


def has_bfloat16(cpuinfo: Path = _CPUINFO) -> bool | None:
    """Return whether the processor multiplies in bfloat16, or None if that is unknown.

    If it does not, TensorFlow emulates bfloat16, and a convolution takes hundreds
    of times as long as in float32.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return not _BFLOAT16_FLAGS.isdisjoint(flags.split())
    return None


def accelerator_names() -> list[str]:
    """Return the names of the GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` selects them."""
    return [
        str(tf.config.experimental.get_device_details(card).get("device_name", card.device_type))
        for card in tf.config.list_physical_devices("GPU")
    ]


@functools.cache
def enable_memory_growth() -> None:
    """Let TensorFlow take GPU memory as it needs it, instead of all at once, so that others get some."""
    for card in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(card, True)
        except RuntimeError:  # the card is in use already
            _log.warning("all the memory of %s stays reserved", card.name)


def peak_bytes() -> int | None:
    """Return the peak memory use of the first GPU so far, or None if there is no GPU."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
