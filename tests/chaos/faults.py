"""The faults: each does damage and, if that does not repair itself, undoes it."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from tests.support.stack import Process, Stack

TMPFS_MB = 96
_MARK = "chaos"
"""Marks the sessions of PostgreSQL that are not the studio's."""


class SkippedError(Exception):
    """A fault that is not possible on this machine; the message says why."""


@dataclass
class Scene:
    """The studio in which faults happen."""

    stack: Stack
    rng: random.Random
    lease_s: float
    no_tmpfs: str | None
    no_clock: str | None

    @property
    def media(self) -> Path:
        return self.stack.data / "media"

    @property
    def database_url(self) -> str:
        """The URL of the studio's database, for connections that do not belong to the studio."""
        url = make_url(self.stack.database_url)
        if url.get_backend_name() == "postgresql":
            url = url.update_query_dict({"application_name": _MARK})
        return url.render_as_string(hide_password=False)

    def process(self, name: str) -> Process:
        """Return a process of the studio, once it is running."""
        deadline = time.monotonic() + 45
        while True:
            try:
                return self.stack.painter() if name == "painter" else self.stack.process(name)
            except (AssertionError, StopIteration):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def signal(self, name: str, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process(name).kill(number)

    @contextlib.contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        pids = [self.process(name).pid for name in names]
        try:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def kill_child(scene: Scene) -> None:
    scene.signal("painter", signal.SIGKILL)


def kill_worker(scene: Scene) -> None:
    scene.signal("worker", signal.SIGKILL)


def terminate_worker(scene: Scene) -> None:
    scene.signal("worker", signal.SIGTERM)


def freeze_worker_past_its_lease(scene: Scene) -> None:
    names = scene.rng.choice([("painter",), ("painter", "worker")])
    with scene.frozen(*names):
        time.sleep(scene.lease_s + scene.rng.uniform(2, 5))


def kill_janitor(scene: Scene) -> None:
    scene.signal("janitor", signal.SIGKILL)


def kill_web(scene: Scene) -> None:
    scene.signal("web", signal.SIGKILL)


def reset_connections(scene: Scene) -> None:
    with contextlib.suppress(redis.RedisError), _redis(scene) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def kill_redis(scene: Scene) -> None:
    scene.signal("redis", signal.SIGKILL)


def restart_redis(scene: Scene) -> None:
    scene.signal("redis", signal.SIGTERM)


def freeze_redis(scene: Scene) -> None:
    with scene.frozen("redis"):
        time.sleep(scene.rng.uniform(2, 8))


def flush_redis(scene: Scene) -> None:
    with contextlib.suppress(redis.RedisError), _redis(scene) as client:
        client.flushall()


def lock_database(scene: Scene) -> None:
    engine = create_engine(scene.database_url, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("LOCK TABLE jobs IN EXCLUSIVE MODE")
        time.sleep(scene.rng.uniform(2, 13))
        connection.exec_driver_sql("ROLLBACK")


def end_database_sessions(scene: Scene) -> None:
    engine = create_engine(scene.database_url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        raise SkippedError("SQLite is a file and has no sessions")
    ours = f"datname = current_database() AND application_name <> '{_MARK}'"
    with engine.connect() as connection:
        for _ in range(3):
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
            time.sleep(scene.rng.uniform(0, 1))


def fill_disk(scene: Scene) -> None:
    if scene.no_tmpfs:
        raise SkippedError(scene.no_tmpfs)
    ballast = scene.media / "ballast"
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(2**16))
        time.sleep(scene.rng.uniform(3, 8))
    finally:
        ballast.unlink(missing_ok=True)


def make_media_read_only(scene: Scene) -> None:
    if scene.no_tmpfs:
        raise SkippedError(scene.no_tmpfs)
    for _ in range(50):
        # This fails while a file is open for writing.
        if _mount("-o", "remount,ro", str(scene.media)) is None:
            break
        time.sleep(0.05)
    else:
        raise SkippedError("the file system was never idle enough to be made read-only")
    try:
        time.sleep(scene.rng.uniform(3, 8))
    finally:
        _mount("-o", "remount,rw", str(scene.media))


def jump_clock(scene: Scene) -> None:
    if scene.no_clock:
        raise SkippedError(scene.no_clock)
    # For a while all processes of the studio see another time; their monotonic clocks do not change.
    clock = clock_file(scene.stack.data)
    try:
        clock.write_text(scene.rng.choice(["+1h", "-1h", "+400d"]))
        time.sleep(scene.rng.uniform(3, 8))
    finally:
        clock.write_text("+0")


def faketime_library() -> Path | None:
    """Find libfaketime where distributions install it."""
    roots = Path("/usr/lib"), Path("/usr/local/lib")
    paths = (path for root in roots for path in root.glob("**/libfaketime.so.1"))
    return next(paths, None)


def clock_file(data: Path) -> Path:
    """Return the file from which libfaketime reads the studio's time."""
    return data.with_name("clock")


def clock_environment(data: Path) -> tuple[dict[str, str], str | None]:
    """Return the environment variables that make a studio's clock movable, or why that is not possible."""
    library = faketime_library()
    if library is None:
        return {}, "libfaketime is not installed"
    clock_file(data).write_text("+0")
    environ = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock_file(data)),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    # Some versions, such as 0.9.10, break sleeping when they leave the monotonic clock alone.
    sleep = [sys.executable, "-c", "import time; time.sleep(0.01)"]
    if subprocess.run(sleep, env=os.environ | environ, check=False, capture_output=True).returncode:
        return {}, "this libfaketime breaks sleeping"
    return environ, None


FAULTS: tuple[Callable[[Scene], None], ...] = (
    kill_child, kill_worker, terminate_worker, freeze_worker_past_its_lease, kill_janitor, kill_web,
    reset_connections, kill_redis, restart_redis, freeze_redis, flush_redis, lock_database,
    end_database_sessions, fill_disk, make_media_read_only, jump_clock,
)  # fmt: skip


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[str | None]:
    """Mount a small disk at a folder; yield the reason if that is not possible, else None."""
    folder.mkdir(parents=True)
    problem = _mount("-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "tmpfs", str(folder))
    try:
        yield f"a small disk cannot be mounted: {problem}" if problem else None
    finally:
        if problem is None:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _mount(*arguments: str) -> str | None:
    if shutil.which("mount") is None:
        return "there is no mount command"
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"


def _redis(scene: Scene) -> redis.Redis:
    config = next((scene.stack.data / "redis").glob("*.conf")).read_text()
    words = dict(line.split(" ", 1) for line in config.splitlines() if " " in line)
    # Short timeouts, since it may be frozen or gone.
    return redis.Redis(
        host="127.0.0.1",
        port=int(words["port"]),
        password=words["requirepass"],
        socket_timeout=2,
        socket_connect_timeout=2,
    )
