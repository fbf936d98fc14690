"""What unit tests of several packages share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.store import migrate
from tests.support.redis_server import RedisServer

# Several test processes share the cores and compute little: more threads would slow them down.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without rows, to copy: migrating for each test would take longer."""
    path = tmp_path_factory.mktemp("schema") / "pastiche.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def data_folder(tmp_path: Path, empty_database: Path) -> Path:
    """A studio's data folder with nothing in it but the database."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "pastiche.db")
    return folder


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """A real Redis with nothing in it."""
    shared_redis.flush()
    return shared_redis
