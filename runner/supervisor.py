"""The processes of one studio: started in order, tended, and stopped in the opposite order."""

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
from runner.single_instance import RunnerError, note_holder

ROOT = Path(__file__).resolve().parents[1]

_REDIS_START_S = 60.0
_REDIS_ANSWER_S = 10.0
_READY_S = 180.0
_TICK_S = 0.2
_LOG_CHECK_S = 60.0
READY = "Pastiche is ready at"
"""How the line begins that says where the studio can be visited."""
_LEAN_HEAPS = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""glibc's settings for the web: else each thread has a heap of its own, which fills up and is never given
back, and the first large picture that is freed lets all later ones into those heaps."""


class _InterruptedError(Exception):
    """A signal came before everything had started."""


class Supervisor:
    """The processes of one studio, from start to stop.

    Args:
        environ: the environment of every child.
        listener: the listening socket: while the web process is started
            again, its visitors wait and are not refused.
        lock: the locked file of the data folder. Redis inherits it, because
            two of it on the same files would spoil them.
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
        """Start everything, tend it until a signal comes, and stop everything whatever happens.

        Raises:
            RunnerError: something does not start.
        """
        (self._data / "log").mkdir(exist_ok=True)
        try:
            with contextlib.suppress(_InterruptedError):
                self._start()
                self._tend()
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
            # Another studio may use the same Redis, and the last run's worker may still be spoken of there.
            others = {note.id for note in live.workers()}
            self._start_stage(
                self._worker("worker", Queue.LONG, niceness=10),
                self._worker("drafter", Queue.QUICK, niceness=2),
                self._child("janitor", "-m", "jobs.janitor"),
            )
            self._start_stage(self._web())
            late = f"The studio did not get ready; see {self._data / 'log'}"
            self._wait(lambda: _answers(settings) and _newcomers(live, others), _READY_S, late)
            problems = {note.problem for note in _newcomers(live, others) if note.problem}
        address = _address(settings.host, settings.port)
        note_holder(self._lock, address)
        say(f"{READY} {address} (Ctrl-C stops it); everything is kept in {self._data}")
        for problem in problems:
            say(f"It cannot paint yet: {problem}")

    def _start_redis(self) -> str:
        """Start a Redis of our own; return its URL."""
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
            say(f"Redis cannot use what lies in {folder}; it is set aside, and nothing of value with it")
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
        # Whoever looks at a page goes before what is short, and that before the picture that takes
        # minutes; stopping takes until its next step.
        return self._child(name, "-m", *celery, *options, niceness=niceness, patience_s=12.0)

    def _web(self) -> Child:
        descriptor = self._listener.fileno()
        # One process, so that its counters are the whole truth; threads to spare: a slow upload holds one.
        gunicorn = ("gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "32")
        # Connections are kept for longer than pages are told to wait; see `app.services.poll_interval`.
        options = ["--keep-alive", "20", "--graceful-timeout", "3", "--no-control-socket"]
        # It would believe whoever is on this machine; whom to believe is TRUSTED_PROXIES' to say.
        options += ["--forwarded-allow-ips", ""]
        return self._child(
            "web",
            "-m",
            *gunicorn,
            "--bind",
            f"fd://{descriptor}",
            *options,
            "app.wsgi:app",
            # Else glibc gives each thread a heap of its own, which fills up and is never given back.
            environ=_LEAN_HEAPS,
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
            RunnerError: it did not within the limit, or a child died meanwhile.
            _InterruptedError: a signal came.
        """
        deadline = time.monotonic() + limit_s
        while not holds():
            if self._signals.stopping:
                raise _InterruptedError
            for child in self._children:
                if not child.alive:
                    raise RunnerError(
                        f"The {child.name} does not start. {child.log} ends:\n{child.last_words()}",
                        code="child-ended",
                    )
            if time.monotonic() > deadline:
                raise RunnerError(f"{complaint}.", code="not-ready")
            time.sleep(_TICK_S)

    def _tend(self) -> None:
        trimmed_at = time.monotonic()
        while not self._signals.stopping:
            for child in self._children:
                if news := child.tend():
                    say(news)
            if time.monotonic() - trimmed_at > _LOG_CHECK_S:
                trimmed_at = time.monotonic()
                for child in self._children:
                    child.trim_log()
            time.sleep(_TICK_S)

    def _stop(self) -> None:
        say("Stopping …")
        killed = processes.stop(*reversed(self._stages), hurry=lambda: self._signals.hurry)
        say("Stopped." if not killed else f"Stopped; by force: {', '.join(killed)}.")


def _migrate(database_url: str) -> None:
    try:
        migrate(database_url)
    except (SQLAlchemyError, ImportError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise RunnerError(
            f"The database that DATABASE_URL names cannot be used: {said}", code="database-unusable"
        ) from error


def _answers(settings: Settings) -> bool:
    """Return whether a visitor would get an answer, Redis, database and media included."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _newcomers(live: Live, others: set[str]) -> list[WorkerNote]:
    return [note for note in live.workers() if note.id not in others]


def _address(host: str, port: int) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def say(text: str) -> None:
    """Write a line to the console."""
    # A terminal that is gone must not keep anything from being stopped.
    with contextlib.suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
