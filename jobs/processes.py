"""Tells which process holds a job and whether it is certainly dead, and how many processors there are."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from jobs.job import Queue, WorkerIdentity


def this_process(queue: Queue) -> WorkerIdentity:
    """Describe the calling process, as a worker of one queue."""
    pid = os.getpid()
    return WorkerIdentity(host=this_host(), pid=pid, process_started=_started(pid), queue=queue)


def is_dead(worker: WorkerIdentity) -> bool:
    """Say whether a process is certainly dead; one on another host never is."""
    if worker.host != this_host():
        return False
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(worker.pid) != worker.process_started


def this_host() -> str:
    """Name the machine, and in a container the process namespace, since numbers mean nothing outside it."""
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()} {namespace}"


def processors() -> int:
    """Count the processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _started(pid: int) -> str:
    """Return when a process started, as text that only tells it from others; empty where that is unknown.

    A zombie counts as ended: its parent has only not asked for it yet.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The name, in parentheses, may hold anything; the fields after it are plain.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in "ZX" else f"{boot} {fields[19]}"
