import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.store import JobStore
from tests.support.postgres import VARIABLE, fresh_database
from tests.support.release_1_0 import write_database
from tests.support.studio_store import Clock, Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, empty_database: Path, clock: Clock) -> Iterator[Desk]:
    """A store with nothing in it: SQLite's, or one of the server that PASTICHE_TEST_DATABASE names."""
    server = os.environ.get(VARIABLE)
    url = (
        fresh_database(server) if server else f"sqlite:///{shutil.copy(empty_database, tmp_path / 'test.db')}"
    )
    desk = Desk(url, clock)
    yield desk
    desk.store.close()


@pytest.fixture
def release_1_0(tmp_path: Path) -> Iterator[JobStore]:
    """The store of a gallery that release 1.0 filled, migrated from an SQLite file."""
    write_database(tmp_path / "pastiche.db")
    store = JobStore.open(f"sqlite:///{tmp_path / 'pastiche.db'}", migrate=True)
    yield store
    store.close()
