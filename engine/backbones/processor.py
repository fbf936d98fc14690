"""What the processor says it can do. Loads no TensorFlow."""

from __future__ import annotations

from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_NAMES = ("model name", "CPU implementer", "CPU part", "cpu")
"""Where the first of several processors says which it is: on x86, on ARM in two parts, on POWER."""
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""What x86 calls its instructions for bfloat16, and what ARM does."""


def model(cpuinfo: Path = _CPUINFO) -> str | None:
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
