"""What only one studio may have at a time: its data folder and its port."""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from engine.errors import PasticheError

_LEFTOVERS_S = 20.0


class RunnerError(PasticheError):
    """The studio cannot start or continue; the message is for the console."""

    code = "runner"


@contextmanager
def lock_folder(folder: Path) -> Iterator[TextIO]:
    """Hold the lock of a data folder, which is created if it does not exist.

    The lock belongs to the open file. So it outlives this process in a child that
    inherits the file, and ends with the last of them, however they end.

    Yields:
        The lock file, open for `write_holder`.

    Raises:
        RunnerError: another studio holds it, or the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "runner.lock").open("a+")
    except OSError as error:
        raise RunnerError(
            f"The data folder {folder} cannot be used: {error.strerror}.", code="folder-unusable"
        ) from error
    with lock:
        _lock(lock, folder)
        write_holder(lock, "")
        yield lock


def write_holder(lock: TextIO, address: str) -> None:
    """Write the holder of the lock into its file, for the message that a second studio prints."""
    lock.seek(0)
    lock.truncate()
    json.dump({"pid": os.getpid(), "address": address}, lock)
    lock.flush()


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address, before anything else starts.

    Raises:
        RunnerError: the port is in use, or the address is not of this machine.
    """
    if not 0 <= port <= 65535:
        raise RunnerError(
            f"There is no port {port}; choose one from 1 to 65535 with --port.", code="no-such-port"
        )
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # “::” means every address of this machine, of both kinds.
        both = address[0] == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server(address[:2], family=family, backlog=512, dualstack_ipv6=both)
    except PermissionError as error:
        raise RunnerError(
            f"You have no permission to use port {port}; choose one from 1024 with --port.",
            code="privileged-port",
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise RunnerError(
                f"Port {port} of {host} is in use by another program; choose one with --port.",
                code="port-in-use",
            ) from error
        raise RunnerError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.", code="cannot-listen"
        ) from error
    with listener:
        yield listener


def _lock(lock: TextIO, folder: Path) -> None:
    deadline = time.monotonic() + _LEFTOVERS_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, address = _read_holder(lock)
            # The children of a killed runner may still be stopping: wait for them.
            if _is_alive(pid) or time.monotonic() > deadline:
                at = f" at {address}" if address else ""
                raise RunnerError(
                    f"The data folder {folder} is in use by the studio{at} (process {pid}); "
                    "stop that one, or choose another folder with --data.",
                    code="folder-in-use",
                ) from None
            time.sleep(0.2)
        else:
            return


def _read_holder(lock: TextIO) -> tuple[int, str]:
    lock.seek(0)
    try:
        note = json.load(lock)
        return int(note["pid"]), str(note["address"])
    except (ValueError, KeyError, TypeError):
        return 0, ""


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
