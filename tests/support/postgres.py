"""A real PostgreSQL for tests: `python -m tests.support.postgres COMMAND …` runs a command with one.

The command finds its address in PASTICHE_TEST_DATABASE; each test that asks
for a database there gets a fresh one.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from jobs.store import migrate
from tests.support.stack import free_port

VARIABLE = "PASTICHE_TEST_DATABASE"
_TEMPLATE = "migrated"


def find_programs() -> Path | None:
    """Return the folder of initdb and postgres, or None where PostgreSQL is not installed."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*known, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class PostgresServer:
    """A server on a port of its own, for as long as the tests last; slow disks do not slow it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://pastiche@127.0.0.1:{self._port}/postgres"

    def start(self) -> PostgresServer:
        programs = find_programs()
        assert programs is not None, "PostgreSQL is not installed"
        options = _as_ordinary_user()
        if options:
            # The server refuses to run as root.
            self._folder.chmod(0o755)
            os.chown(self._folder, options["user"], options["group"])
        data = self._folder / "data"
        made = subprocess.run(
            [programs / "initdb", "--pgdata", data, "--username", "pastiche", "--auth", "trust", "--no-sync"],
            cwd=self._folder,
            check=False,
            capture_output=True,
            text=True,
            **options,
        )
        assert made.returncode == 0, made.stderr
        quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
        self._process = subprocess.Popen(
            [
                programs / "postgres", "-D", data, "-p", str(self._port), "-h", "127.0.0.1",
                "-k", self._folder,
                *(part for setting in quick for part in ("-c", setting)),
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while not _answers(self.url):
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None


def fresh_database(server_url: str) -> str:
    """Make a database with the schema and no rows; return its address."""
    name = f"test_{secrets.token_hex(8)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # Two processes that both come first: the lock lets one make the template.
        connection.execute(text("SELECT pg_advisory_lock(1)"))
        known = connection.scalar(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": _TEMPLATE}
        )
        if not known:
            connection.execute(text(f"CREATE DATABASE {_TEMPLATE}"))
            migrate(_beside(server_url, _TEMPLATE))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}"))
        connection.execute(text("SELECT pg_advisory_unlock(1)"))
    engine.dispose()
    return _beside(server_url, name)


def _beside(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _as_ordinary_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid}


def _answers(url: str) -> bool:
    engine = create_engine(url)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


def main(command: Sequence[str]) -> int:
    """Run a command with a server."""
    if find_programs() is None:
        sys.stderr.write("PostgreSQL is not installed; on Debian and Ubuntu: apt install postgresql\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "server").mkdir()
        server = PostgresServer(Path(folder) / "server")
        try:
            server.start()
            return subprocess.run(command, env=os.environ | {VARIABLE: server.url}, check=False).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
