"""The store's contract on a real PostgreSQL: the tests of tests/unit/jobs, with another database."""

from __future__ import annotations

import pytest

from jobs.backup import create, restore
from jobs.settings import Settings
from jobs.store import JobStore, migrate
from tests.support.postgres import PostgresServer, find_programs, fresh_database
from tests.support.release_1_0 import write_database
from tests.support.studio_store import Clock, Desk
from tests.unit.jobs.test_claim_order import *  # noqa: F403
from tests.unit.jobs.test_concurrency import *  # noqa: F403
from tests.unit.jobs.test_labels import *  # noqa: F403
from tests.unit.jobs.test_release_1_0 import *  # noqa: F403
from tests.unit.jobs.test_removed import *  # noqa: F403
from tests.unit.jobs.test_store import *  # noqa: F403


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    folder = tmp_path_factory.mktemp("postgres")
    for parent in list(folder.parents)[:-2]:
        parent.chmod(0o755)  # the server is not root, and pytest's folders are its owner's alone
    server = PostgresServer(folder)
    yield server.start()
    server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(postgres, clock):
    desk = Desk(fresh_database(postgres.url), clock)
    yield desk
    desk.store.close()


@pytest.fixture
def release_1_0(postgres, tmp_path):
    """The store of a gallery that release 1.0 filled, moved to PostgreSQL by a backup of the old schema."""
    here = Settings.from_env({"PASTICHE_DATA": str(tmp_path)})
    write_database(tmp_path / "pastiche.db")
    create(here, tmp_path / "studio.tar")
    there = Settings.from_env(
        {"PASTICHE_DATA": str(tmp_path / "there"), "DATABASE_URL": fresh_database(postgres.url)}
    )
    restore(there, tmp_path / "studio.tar")
    store = JobStore.open(there.database_url)
    yield store
    store.close()


def test_a_studio_moves_from_sqlite_to_postgresql_by_a_backup(postgres, tmp_path):
    here = Settings.from_env({"PASTICHE_DATA": str(tmp_path / "here")})
    there = Settings.from_env(
        {"PASTICHE_DATA": str(tmp_path / "there"), "DATABASE_URL": fresh_database(postgres.url)}
    )
    migrate(here.database_url)
    old = Desk(here.database_url, Clock())
    job = old.submit()
    create(here, tmp_path / "studio.tar")
    restore(there, tmp_path / "studio.tar")
    new = Desk(there.database_url, Clock())
    assert new.store.jobs.find(job.id) == old.store.jobs.find(job.id)
    # Rows that number themselves go on after those that were restored.
    assert new.store.wishes.cancel(job.id, job.owner)
    assert new.event_names(job.id) == ["submitted", "cancelled"]
    old.store.close()
    new.store.close()
