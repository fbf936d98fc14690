"""The whole studio in one file, and back: `python -m jobs.backup create FILE`, `… restore FILE`.

The file is a tar with the rows of every table, every picture, and the key that
signs the visitors' cookies. Anybody who has it can open every gallery, so only
its owner may read it. Rows are written as numbers and strings: a backup
made on SQLite can be restored on PostgreSQL, and one with an older schema is
migrated afterwards. A backup can be made while the studio is running; anything
deleted meanwhile may be missing.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from engine.atomic import atomic_write
from engine.errors import PasticheError
from jobs.media import Media, MissingError
from jobs.settings import Settings
from jobs.store import migrate
from jobs.store.database import open_engine

_MANIFEST = "manifest.json"
_KEY_FILE = "secret.key"
_FORMAT = 1
_SCHEMA_TABLE = "alembic_version"
_BATCH = 500
_OWNER_ONLY = 0o600
NO_DATABASE = "The database cannot be used"
_INCOMPLETE = "This is not a backup of a studio, or part of it is missing."


class BackupError(PasticheError):
    """A backup cannot be made or restored; the message says why."""

    code = "backup"


def create(settings: Settings, path: Path) -> int:
    """Write the whole studio into a file; return how many media files it holds.

    Raises:
        BackupError: the file exists already.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    try:
        if path.exists():
            raise BackupError(f"{path} exists already; choose another name.", code="file-exists")
        with (
            atomic_write(path, mode=_OWNER_ONLY) as file,
            tarfile.open(fileobj=file, mode="w") as archive,
        ):
            with engine.execution_options(read_only=True).connect() as connection:
                _write_rows(archive, connection)
            _add_member(archive, _KEY_FILE, settings.load_secret_key().encode())
            count = _write_media(archive, media)
    finally:
        engine.dispose()
    return count


def restore(settings: Settings, path: Path) -> int:
    """Restore what `create` wrote into an empty studio; return how many media files there are.

    Rows are inserted last, in one transaction: until then the studio is still
    empty, so a failed restore, perhaps on a full disk, can simply be repeated.

    Raises:
        BackupError: it is not a backup, or the studio is not empty.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    try:
        with tarfile.open(path) as archive:
            manifest = _manifest(archive)
            with engine.execution_options(read_only=True).connect() as connection:
                _check_empty(connection)
            count = _read_media(archive, media)
            _restore_key(settings, _read_member(archive, _KEY_FILE).decode())
            with engine.begin() as connection:
                _drop_other_schema(connection, manifest["schema"])
            migrate(settings.database_url, manifest["schema"])
            with engine.begin() as connection:
                _read_rows(archive, connection)
        migrate(settings.database_url)
    except tarfile.TarError as exc:
        raise BackupError(f"{path} is not a backup, or it is damaged.", code="not-a-backup") from exc
    finally:
        engine.dispose()
    return count


def _tables(connection: Connection) -> list[Table]:
    """Reflect the tables that exist, which may not be those that this version expects."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _SCHEMA_TABLE]


def _write_rows(archive: tarfile.TarFile, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Read one consistent snapshot, as readers of SQLite always do.
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    schema = MigrationContext.configure(connection).get_current_revision()
    _add_member(archive, _MANIFEST, json.dumps({"format": _FORMAT, "schema": schema}).encode())
    for table in _tables(connection):
        rows = connection.execute(select(table).order_by(*table.primary_key))
        lines = (json.dumps(list(row)) for row in rows)
        head = json.dumps([column.name for column in table.columns])
        _add_member(archive, f"tables/{table.name}.jsonl", "\n".join([head, *lines]).encode())


def _check_empty(connection: Connection) -> None:
    for table in _tables(connection):
        if connection.scalar(select(func.count()).select_from(table)):
            raise BackupError("This studio is not empty; restore into an empty one.", code="not-empty")


def _drop_other_schema(connection: Connection, schema: str | None) -> None:
    """Drop the tables, which must be empty, if their schema is not the backup's."""
    _check_empty(connection)
    if MigrationContext.configure(connection).get_current_revision() not in (None, schema):
        metadata = MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)


def _read_rows(archive: tarfile.TarFile, connection: Connection) -> None:
    for table in _tables(connection):
        lines = _read_member(archive, f"tables/{table.name}.jsonl").splitlines()
        names, *records = (json.loads(line) for line in lines)
        rows = [dict(zip(names, values, strict=True)) for values in records]
        self_references = _self_references(table)
        # The references are filled in when all rows are there.
        unlinked = dict.fromkeys(column.name for column in self_references)
        for batch in _batches(rows):
            connection.execute(insert(table), [row | unlinked for row in batch])
        for column in self_references:
            _link(connection, column, rows)
        if connection.dialect.name == "postgresql" and table.autoincrement_column is not None and rows:
            _set_sequence(connection, table)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]


def _self_references(table: Table) -> list[Column[Any]]:
    """Find the columns that refer to other rows of their table, such as a job's parent."""
    return [column for column in table.columns if any(map(column.references, table.primary_key))]


def _link(connection: Connection, column: Column[Any], rows: list[dict[str, Any]]) -> None:
    """Fill a column that refers to rows of its own table, now that all rows are there."""
    [key] = column.table.primary_key
    link = update(column.table).where(key == bindparam("row")).values({column: bindparam("other")})
    pairs = [{"row": row[key.name], "other": row[column.name]} for row in rows if row[column.name]]
    for batch in _batches(pairs):
        connection.execute(link, batch)


def _set_sequence(connection: Connection, table: Table) -> None:
    column = table.autoincrement_column
    if column is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def _write_media(archive: tarfile.TarFile, media: Media) -> int:
    count = 0
    for key in [*media.keys("uploads/"), *media.keys("jobs/")]:
        try:
            _add_member(archive, f"media/{key}", media.get(key))
        except MissingError:
            continue  # it was deleted meanwhile
        count += 1
    return count


def _read_media(archive: tarfile.TarFile, media: Media) -> int:
    count = 0
    for member in archive:
        if member.isfile() and member.name.startswith("media/"):
            # Media refuses keys that point outside its folder.
            media.put(member.name.removeprefix("media/"), _read_member(archive, member))
            count += 1
    return count


def _restore_key(settings: Settings, key: str) -> None:
    if settings.secret_key is None:
        settings.data.mkdir(parents=True, exist_ok=True)
        with atomic_write(settings.data / _KEY_FILE, mode=_OWNER_ONLY) as file:
            file.write(key.encode())


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(_read_member(archive, _MANIFEST))
    if manifest.get("format") != _FORMAT:
        raise BackupError(
            "This version cannot read this backup; restore it with the version that made it.",
            code="newer-version",
        )
    return manifest


def _read_member(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    try:
        file = archive.extractfile(member)
    except KeyError as exc:
        raise BackupError(_INCOMPLETE, code="not-a-backup") from exc
    if file is None:
        raise BackupError(_INCOMPLETE, code="not-a-backup")
    with file:
        return file.read()


def _add_member(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(data))


def main(arguments: list[str] | None = None) -> int:
    """Create or restore a backup; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.backup", description="Back up a studio, or restore a backup into an empty one."
    )
    parser.add_argument("action", choices=["create", "restore"])
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    settings = Settings.from_env()
    try:
        count = {"create": create, "restore": restore}[options.action](settings, options.file)
    except (PasticheError, OSError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except SQLAlchemyError as exc:
        sys.stderr.write(f"{NO_DATABASE}: {getattr(exc, 'orig', None) or exc}.\n")
        return 1
    encoding = sys.stdout.encoding or "ascii"
    name = str(options.file).encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(f"{name}: {count} pictures and other files.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
