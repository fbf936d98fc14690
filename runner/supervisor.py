"""Starts the processes of one studio in order, restarts those that die, and stops them in reverse order."""

import contextlib
import http.client
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError

from jobs.job import Queue
from jobs.live import Live, WorkerNote
from jobs.settings import Settings
from jobs.store import migrate
from runner import processes, redis_server
from runner.processes import Child, Signals
from runner.single_instance import RunnerError, write_holder

ROOT = Path(__file__).resolve().parents[1]

_REDIS_START_S = 60.0
_REDIS_ANSWER_S = 10.0
_READY_S = 180.0
_TICK_S = 0.2
_LOG_CHECK_S = 60.0
READY = "Pastiche is ready at"
"""The start of the line with the studio's address."""
_SMALL_HEAPS = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""glibc's settings for the web. Without them each thread has its own heap, which fills up and is never given
back; and once a large picture has been freed, all later ones are put into those heaps."""


class _InterruptedError(Exception):
    """A signal came before everything had started."""


class Supervisor:
    """The processes of one studio, from start to stop.

    Args:
        environ: the environment of every child.
        listener: the listening socket. The supervisor keeps it open, so that visitors
            wait, and are not refused, while the web process is restarted.
        lock: the lock file of the data folder. Redis inherits it, because two
            servers would damage the same files.
        signals: says when to stop.
    """

    def __init__(
        self, environ: dict[str, str], listener: socket.socket, lock: TextIO, signals: Signals
    ) -> None:
        self._environ = environ
        self._data = Settings.from_env(environ).data
        self._listener = listener
        self._lock = lock
        self._signals = signals
        self._stages: list[list[Child]] = []

    def run(self) -> None:
        """Start everything, restart what dies until a signal comes, and stop everything in any case.

        Raises:
            RunnerError: something does not start.
        """
        (self._data / "log").mkdir(exist_ok=True)
        try:
            with contextlib.suppress(_InterruptedError):
                self._start()
                self._watch()
        finally:
            self._stop()

    def _start(self) -> None:
        if not self._environ.get("REDIS_URL"):
            self._environ["REDIS_URL"] = self._start_redis()
        settings = Settings.from_env(self._environ)
        with contextlib.closing(Live.open(settings.redis_url)) as live:
            url = settings.redis_url
            self._wait(
                lambda: redis_server.answers(url),
                _REDIS_ANSWER_S,
                "The Redis that REDIS_URL names does not answer",
            )
            _migrate(settings.database_url)
            # Redis may know workers of another studio, or of this studio's last run.
            others = {note.id for note in live.workers()}
            self._start_stage(
                self._worker("worker", Queue.LONG, niceness=10),
                self._worker("drafter", Queue.QUICK, niceness=2),
                self._child("janitor", "-m", "jobs.janitor"),
            )
            self._start_stage(self._web())
            complaint = f"The studio did not get ready; see {self._data / 'log'}"
            self._wait(lambda: _answers(settings) and _new_workers(live, others), _READY_S, complaint)
            problems = {note.problem for note in _new_workers(live, others) if note.problem}
        address = _address(settings.host, settings.port)
        write_holder(self._lock, address)
        print_line(f"{READY} {address} (Ctrl-C stops it); everything is kept in {self._data}")
        for problem in problems:
            print_line(f"It cannot paint yet: {problem}")

    def _start_redis(self) -> str:
        """Start the studio's own Redis; return its URL."""
        server = redis_server.find_server()
        if server is None:
            raise RunnerError(
                "There is no Redis: install redis-server or valkey-server 6.2 or later, or set REDIS_URL.",
                code="no-redis",
            )
        folder = self._data / "redis"
        try:
            return self._try_redis(server, folder)
        except RunnerError:
            processes.stop(self._stages.pop())
            print_line(f"Redis cannot read {folder}; the folder is moved aside, and nothing of value is lost")
            redis_server.set_aside(folder)
            return self._try_redis(server, folder)

    def _try_redis(self, server: Path, folder: Path) -> str:
        config, url = redis_server.prepare(folder)
        command = [str(server), config.name]
        self._start_stage(
            Child(
                name="redis",
                command=command,
                environ=self._environ,
                folder=folder,
                log=self._log("redis"),
                pass_fds=(self._lock.fileno(),),
                patience_s=3.0,
            )
        )
        self._wait(lambda: redis_server.answers(url), _REDIS_START_S, "Redis does not get ready")
        return url

    def _worker(self, name: str, queue: str, *, niceness: int) -> Child:
        celery = ("celery", "-A", "worker.celery_app", "worker", "--pool", "prefork", "--concurrency", "1")
        options = ("--queues", queue, "-n", f"{queue}@%h", "--without-mingle", "--without-gossip")
        # Pages have priority over quick work, and quick work over paintings that take minutes. A worker
        # stops at the next step of its painting.
        return self._child(name, "-m", *celery, *options, niceness=niceness, patience_s=12.0)

    def _web(self) -> Child:
        descriptor = self._listener.fileno()
        # One process, so that its counters are complete; many threads, since a slow upload occupies one.
        gunicorn = ("gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "32")
        # Connections stay open for longer than pages wait between polls: see `app.services.poll_interval`.
        options = ["--keep-alive", "20", "--graceful-timeout", "3", "--no-control-socket"]
        # gunicorn would trust any proxy on this machine; which ones to trust is up to TRUSTED_PROXIES.
        options += ["--forwarded-allow-ips", ""]
        return self._child(
            "web",
            "-m",
            *gunicorn,
            "--bind",
            f"fd://{descriptor}",
            *options,
            "app.wsgi:app",
            environ=_SMALL_HEAPS,
            pass_fds=(descriptor,),
            patience_s=4.0,
        )

    def _child(
        self,
        name: str,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        niceness: int = 0,
        pass_fds: tuple[int, ...] = (),
        patience_s: float = 3.0,
    ) -> Child:
        return Child(
            name=name,
            command=[sys.executable, *arguments],
            environ=self._environ | dict(environ or {}),
            folder=ROOT,
            log=self._log(name),
            niceness=niceness,
            pass_fds=pass_fds,
            patience_s=patience_s,
        )

    def _log(self, name: str) -> Path:
        return self._data / "log" / f"{name}.log"

    def _start_stage(self, *children: Child) -> None:
        self._stages.append(list(children))
        for child in children:
            child.start()

    @property
    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def _wait(self, holds: Callable[[], object], limit_s: float, complaint: str) -> None:
        """Wait until something holds.

        Raises:
            RunnerError: it did not within the limit, or a child died.
            _InterruptedError: a signal came.
        """
        deadline = time.monotonic() + limit_s
        while not holds():
            if self._signals.stopping:
                raise _InterruptedError
            for child in self._children:
                if not child.alive:
                    raise RunnerError(
                        f"The {child.name} does not start. {child.log} ends:\n{child.log_tail()}",
                        code="child-ended",
                    )
            if time.monotonic() > deadline:
                raise RunnerError(f"{complaint}.", code="not-ready")
            time.sleep(_TICK_S)

    def _watch(self) -> None:
        trimmed_at = time.monotonic()
        while not self._signals.stopping:
            for child in self._children:
                if message := child.restart_if_dead():
                    print_line(message)
            if time.monotonic() - trimmed_at > _LOG_CHECK_S:
                trimmed_at = time.monotonic()
                for child in self._children:
                    child.trim_log()
            time.sleep(_TICK_S)

    def _stop(self) -> None:
        print_line("Stopping …")
        killed = processes.stop(*reversed(self._stages), hurry=lambda: self._signals.hurry)
        print_line("Stopped." if not killed else f"Stopped; had to kill: {', '.join(killed)}.")


def _migrate(database_url: str) -> None:
    try:
        migrate(database_url)
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise RunnerError(
            f"The database that DATABASE_URL names cannot be used: {reason}", code="database-unusable"
        ) from error


def _answers(settings: Settings) -> bool:
    """Return whether a visitor would get an answer, with Redis, database and media ready."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _new_workers(live: Live, others: set[str]) -> list[WorkerNote]:
    return [note for note in live.workers() if note.id not in others]


def _address(host: str, port: int) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def print_line(text: str) -> None:
    """Write a line to the console."""
    # A terminal that is closed, or lacks a letter, must not keep the processes from being stopped.
    with contextlib.suppress(OSError):
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()
