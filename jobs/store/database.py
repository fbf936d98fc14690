"""Opens the SQL database and migrates it to the newest schema."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from engine.errors import PasticheError

BUSY_TIMEOUT_MS = 10_000
MIGRATION_LOCK = 0x50617374  # any number that no other program on the server uses


class SchemaError(PasticheError):
    """This version cannot use the schema of the database."""

    code = "schema"


def open_engine(database_url: str) -> Engine:
    """Make an engine whose transactions are safe between many processes.

    On SQLite it has a write-ahead log, and transactions take the write lock when
    they begin, since one that first reads and then writes cannot wait for it. A
    connection with the execution option `read_only` takes no lock.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # so that the driver sends no BEGIN by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _retry_locked(lambda: cursor.execute("PRAGMA journal_mode = WAL"))
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _retry_locked(change: Any) -> None:
    # When two processes create the file at once, changing the journal does not wait for the lock.
    for _ in range(100):
        try:
            change()
        except Exception as exc:
            if "locked" not in str(exc):
                raise
            time.sleep(0.05)
        else:
            return
    change()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def migrate(database_url: str, target: str = "head") -> None:
    """Migrate the database; of two processes that start at once, one waits.

    Args:
        database_url: which database.
        target: an older schema, to restore a backup that has it.

    Raises:
        SchemaError: it was made by a newer version of the studio, or the
            database cannot be opened.
    """
    engine = open_engine(database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _ignore_foreign_keys)
    try:
        with engine.begin() as connection:
            _upgrade(connection, target)
    except OperationalError as exc:
        raise SchemaError(f"The database cannot be opened: {exc.orig}.", code="database-unusable") from exc
    finally:
        engine.dispose()


def _ignore_foreign_keys(connection: Any, _record: Any) -> None:
    # To change a table, SQLite drops it and builds it again; what refers to its rows must stay.
    connection.execute("PRAGMA foreign_keys = OFF")


def _upgrade(connection: Connection, target: str = "head") -> None:
    # Imported late, since workers never migrate, and a killed worker should be back soon.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    head = scripts.get_current_head()
    if present == head:
        return
    try:
        scripts.get_revision(present or "base")
    except CommandError as exc:
        raise SchemaError(
            f"The database has schema {present}, made by a newer version of Pastiche; this version "
            f"understands up to {head}. Start the newer version, or restore a backup made before it.",
            code="newer-schema",
        ) from exc
    command.upgrade(config, target)
