"""Identifies the process that holds a job, finds out whether it is dead, and counts processors."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from jobs.job import Queue, WorkerIdentity


def this_process(queue: Queue) -> WorkerIdentity:
    """Return the identity of this process, as a worker of one queue."""
    pid = os.getpid()
    return WorkerIdentity(host=this_host(), pid=pid, process_started=_started(pid), queue=queue)


def is_dead(worker: WorkerIdentity) -> bool:
    """Return whether a process is certainly dead; this is never known of another host."""
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
    """Return the name of the machine with its process namespace, outside which a pid means nothing."""
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
    """Return when a process started, as text that differs for each process; empty if that is unknown.

    A zombie counts as ended: its parent only has not collected it yet.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The name, in parentheses, may contain anything; the fields after it have no spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in "ZX" else f"{boot} {fields[19]}"
