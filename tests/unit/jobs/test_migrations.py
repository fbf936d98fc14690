"""The schema: what migrations build is what the code expects, however many start at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from jobs.store import JobStore, SchemaError, migrate
from jobs.store.database import open_engine
from jobs.store.tables import metadata


def test_migrations_build_what_the_tables_say(tmp_path):
    url = f"sqlite:///{tmp_path / 'a' / 'x.db'}"
    migrate(url)
    migrate(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA synchronous")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
    engine.dispose()


def test_processes_that_start_at_once_do_no_harm(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    command = [sys.executable, "-c", f"from jobs.store import migrate; migrate({url!r})"]
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: run(command, check=False, capture_output=True, text=True), range(3)))
    assert [(process.returncode, process.stderr) for process in ended] == [(0, "")] * 3
    store = JobStore.open(url)
    assert store.waiting() == 0
    store.close()


def test_a_newer_schema_is_refused_with_a_sentence(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    migrate(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        SchemaError, match=r"schema 9999, made by a newer version .* up to 0\d+\. Start the newer"
    ):
        JobStore.open(url, migrate=True)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(tmp_path):
    (tmp_path / "x.db").mkdir()
    with pytest.raises(SchemaError, match="cannot be opened"):
        migrate(f"sqlite:///{tmp_path / 'x.db'}")
