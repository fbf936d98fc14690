"""Write files so that they appear complete or not at all: write beside the target, then rename."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PART_SUFFIX = ".part"
"""The ending of a file that is still being written; a killed process leaves it behind."""
MAX_NAME_BYTES = 255
"""The longest name of a file on the file systems in use."""


@contextmanager
def atomic_write(path: Path, *, mode: int = 0o666, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` when the block ends, or is removed if the block raises.

    Args:
        path: the file to write; its folder must exist.
        mode: its permissions, before the umask.
        durable: wait until it is on the disk, so that it survives a power failure.

    Raises:
        OSError: the file cannot be written.
    """
    part = _part_of(path)
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
        if durable:
            _sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def try_write(path: Path, size: int = 1) -> None:
    """Try whether a file of this many bytes could be written now; what is there stays as it is.

    Raises:
        OSError: it could not.
    """
    part = _part_of(path)
    try:
        with part.open("xb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.write(bytes(min(size, 2**20)))
    finally:
        part.unlink(missing_ok=True)


def shortened(name: str, max_bytes: int = MAX_NAME_BYTES) -> str:
    """Return a file's name without what a file system would refuse at its end."""
    while len(os.fsencode(name)) > max_bytes:
        name = name[:-1]
    return name


def _part_of(path: Path) -> Path:
    ending = f".{secrets.token_hex(4)}{PART_SUFFIX}"
    return path.with_name("." + shortened(path.name, MAX_NAME_BYTES - 1 - len(ending)) + ending)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
