"""Keep freed memory for reuse, and measure memory.

glibc returns freed blocks above 32 MiB to the system and gets them back as fresh,
zeroed pages. The feature maps of a network's first block at 512 px are 50 MB each,
and zeroing them costs more than computing with them (a ReLU takes 20 ms instead
of 4 ms). All threads share one heap, because the heap of a single thread ends at
64 MiB, and larger blocks are then mapped afresh whatever the other settings are.
"""

import contextlib
import ctypes
import functools
import logging
import sys
from pathlib import Path

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8


_log = logging.getLogger(__name__)


@functools.cache
def keep_freed_memory() -> bool:
    """Make glibc reuse large blocks; does nothing with another C library.

    Returns:
        Whether glibc accepted the settings.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    accepted = all([mallopt(_M_ARENA_MAX, 1), mallopt(_M_MMAP_MAX, 0), mallopt(_M_TRIM_THRESHOLD, -1)])
    _log.debug("large blocks are %s after use", "kept" if accepted else "returned")
    return accepted


def return_freed_memory() -> None:
    """Return the kept memory to the system, for the time between paintings."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def available_bytes() -> int | None:
    """Return how much memory this process may still take, or None if the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    return min([free, *_cgroup_bytes_left()])


def process_peak_bytes() -> int:
    """Return the peak memory use of this process."""
    with contextlib.suppress(OSError, StopIteration):
        status = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024
    import resource  # noqa: PLC0415 -- Windows has no such module

    # A fallback only: on Linux this includes the memory that the parent held at the fork.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _cgroup_bytes_left() -> list[int]:
    """Return the memory left within a container's limit, as a list that is empty if there is no limit."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        return [int(limit) - int((folder / "memory.current").read_text())] if limit != "max" else []
    except (OSError, ValueError):
        return []
