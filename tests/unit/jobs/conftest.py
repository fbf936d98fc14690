import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.store import migrate
from jobs.store.database import open_engine
from jobs.store.tables import metadata
from tests.support.redis_server import RedisServer
from tests.support.studio_store import Clock, Desk


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A migrated database without rows, to copy."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, empty_database: Path, clock: Clock) -> Iterator[Desk]:
    """A store with nothing in it: SQLite's, or that of PASTICHE_TEST_DATABASE, which is emptied."""
    url = os.environ.get("PASTICHE_TEST_DATABASE")
    if url:
        empty(url)
    else:
        url = f"sqlite:///{shutil.copy(empty_database, tmp_path / 'test.db')}"
    desk = Desk(url, clock)
    yield desk
    desk.store.close()


def empty(url: str) -> None:
    migrate(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """A real Redis with nothing in it."""
    shared_redis.flush()
    return shared_redis
