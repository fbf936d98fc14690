"""Child processes that are restarted when they die, and that end when their parent does.

Each child leads its own process group. So Ctrl-C in the terminal reaches only
the runner, which stops its children in order, and what a child has started
ends with it.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 15.0
_STEADY_S = 10.0
"""After running this long, a child's earlier deaths no longer delay its restart."""

_MAX_LOG_BYTES = 10_000_000

# Loaded before the first fork, since little is allowed between fork and exec.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(kw_only=True)
class Child:
    """One program that has to run.

    Attributes:
        name: its name on the console and of its log file.
        environ: its complete environment.
        log: where its output goes.
        niceness: how much to lower its CPU priority.
        pass_fds: the file descriptors that it inherits.
        patience_s: how long it may take to stop by itself.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path
    log: Path
    niceness: int = 0
    pass_fds: tuple[int, ...] = ()
    patience_s: float = 5.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _deaths: int = field(default=0, init=False)
    _due_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it; its output is appended to its log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the runner's own
                list(self.command),
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Not a session of its own: priorities only count within a session.
                process_group=0,
                pass_fds=self.pass_fds,
                preexec_fn=_before_exec(self.niceness, os.getpid()),  # noqa: PLW1509 - the runner has no threads
            )
        self._started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def restart_if_dead(self) -> str | None:
        """Restart it if it has died and its delay is over; return a message when it has just died."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._due_at:
                self.start()
            return None
        status = self._process.poll()
        if status is None:
            return None
        self.kill()
        self._deaths = 1 if now - self._started_at > _STEADY_S else self._deaths + 1
        delay_s = min(_FIRST_DELAY_S * 2 ** (self._deaths - 1), _LONGEST_DELAY_S)
        self._due_at = now + delay_s
        return f"{self.name} ended ({_describe(status)}) and starts again in {delay_s:g} s; see {self.log}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM to it, but not to what it has started, which it stops itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, until: float) -> bool:
        """Wait until it ends, or until a time of the monotonic clock; return whether it has ended."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Kill it and everything that is left of its group."""
        if self._process is None:
            return
        # The group is gone already, or on macOS has only zombies left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def trim_log(self) -> None:
        """Move the contents of a long log to another file, so that logs never fill the disk.

        The log is copied and emptied, not renamed, since the child writes to the open file.
        """
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


class Signals:
    """Whether the studio has to stop, and how soon.

    Attributes:
        stopping: a SIGINT, SIGTERM or SIGHUP came.
        hurry: a second one came, so nothing is waited for any more.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.hurry = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # If nohup has made this process ignore SIGHUP, it stays ignored.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.hurry = self.stopping
        self.stopping = True


def stop(*stages: Sequence[Child], hurry: Callable[[], bool] = lambda: False) -> list[str]:
    """Stop the children, one stage after the other; kill those that do not stop in time.

    Args:
        stages: groups of children that stop together, in order; a stage takes
            at most as long as the largest `patience_s` of its children.
        hurry: called repeatedly; once it returns true, nothing is waited for.

    Returns:
        The names of those that had to be killed.
    """
    killed = []
    for children in stages:
        for child in children:
            child.ask_to_stop()
        asked_at = time.monotonic()
        for child in children:
            until = asked_at + child.patience_s
            while child.alive and time.monotonic() < until and not hurry():
                child.wait(min(until, time.monotonic() + 0.2))
            if child.alive:
                killed.append(child.name)
            child.kill()
    return killed


def _before_exec(niceness: int, parent: int) -> Callable[[], None]:
    def in_child() -> None:
        if _LIBC is not None:
            # So that the children end even when the runner is killed.
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)
        if niceness:
            os.nice(niceness)

    return in_child


def _describe(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
