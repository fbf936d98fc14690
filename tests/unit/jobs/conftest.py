import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import VARIABLE, fresh_database
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
