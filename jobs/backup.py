"""The whole studio in one file, and back: `python -m jobs.backup create FILE`, `… restore FILE`.

The file is a tar with the rows of every table, every picture, and the key that
signs the visitors' cookies: whoever has it can open every gallery, so it is
readable by its owner alone. Rows are written as plain numbers and texts, so a
backup made on SQLite can be restored on PostgreSQL, and one of an older
version's schema is brought up to date afterwards. It may be made while the
studio works; what is deleted meanwhile may be missing.
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
_KEY = "secret.key"
_FORMAT = 1
_SCHEMA_TABLE = "alembic_version"
_BATCH = 500
_OWNER_ALONE = 0o600
NO_DATABASE = "The database cannot be used"
_INCOMPLETE = "This is no backup of a studio, or a part of it is missing."


class BackupError(PasticheError):
    """A backup cannot be made or restored; the sentence says why."""

    code = "backup"


def create(settings: Settings, path: Path) -> int:
    """Write everything into a file; return how many pictures it holds.

    Raises:
        BackupError: the file is there already.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    try:
        if path.exists():
            raise BackupError(f"{path} is there already; choose another name.", code="file-exists")
        with (
            atomic_write(path, mode=_OWNER_ALONE) as file,
            tarfile.open(fileobj=file, mode="w") as archive,
        ):
            with engine.execution_options(read_only=True).connect() as connection:
                _write_rows(archive, connection)
            _add(archive, _KEY, settings.load_secret_key().encode())
            count = _write_media(archive, media)
    finally:
        engine.dispose()
    return count


def restore(settings: Settings, path: Path) -> int:
    """Bring back what `create` wrote, into a studio that is empty; return how many pictures there are.

    The rows come last, and all at once: until then the studio counts as empty,
    so that what failed before, on a full disk perhaps, can simply be tried again.

    Raises:
        BackupError: it is no backup, or there is something in the studio already.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    try:
        with tarfile.open(path) as archive:
            manifest = _manifest(archive)
            with engine.execution_options(read_only=True).connect() as connection:
                _check_empty(connection)
            count = _read_media(archive, media)
            _restore_key(settings, _content(archive, _KEY).decode())
            with engine.begin() as connection:
                _clear(connection, manifest["schema"])
            migrate(settings.database_url, manifest["schema"])
            with engine.begin() as connection:
                _read_rows(archive, connection)
        migrate(settings.database_url)
    except tarfile.TarError as exc:
        raise BackupError(f"{path} is no backup, or is damaged.", code="not-a-backup") from exc
    finally:
        engine.dispose()
    return count


def _tables(connection: Connection) -> list[Table]:
    """Describe the tables as they are, whatever this version expects."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _SCHEMA_TABLE]


def _write_rows(archive: tarfile.TarFile, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # As SQLite's readers do anyway: what others change meanwhile is not seen.
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    schema = MigrationContext.configure(connection).get_current_revision()
    _add(archive, _MANIFEST, json.dumps({"format": _FORMAT, "schema": schema}).encode())
    for table in _tables(connection):
        rows = connection.execute(select(table).order_by(*table.primary_key))
        lines = (json.dumps(list(row)) for row in rows)
        head = json.dumps([column.name for column in table.columns])
        _add(archive, f"tables/{table.name}.jsonl", "\n".join([head, *lines]).encode())


def _check_empty(connection: Connection) -> None:
    for table in _tables(connection):
        if connection.scalar(select(func.count()).select_from(table)):
            raise BackupError(
                "There is something in this studio already; restore into an empty one.", code="not-empty"
            )


def _clear(connection: Connection, schema: str | None) -> None:
    """Make sure that there is nothing yet, and take down empty tables of another schema than the backup's."""
    _check_empty(connection)
    if MigrationContext.configure(connection).get_current_revision() not in (None, schema):
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)


def _read_rows(archive: tarfile.TarFile, connection: Connection) -> None:
    for table in _tables(connection):
        lines = _content(archive, f"tables/{table.name}.jsonl").splitlines()
        names, *lists = (json.loads(line) for line in lines)
        rows = [dict(zip(names, values, strict=True)) for values in lists]
        own = _own_links(table)
        unlinked = dict.fromkeys(column.name for column in own)
        for batch in _batches(rows):
            connection.execute(insert(table), [row | unlinked for row in batch])
        for column in own:
            _link(connection, column, rows)
        if connection.dialect.name == "postgresql" and table.autoincrement_column is not None and rows:
            _set_sequence(connection, table)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(rows), _BATCH):
        yield rows[at : at + _BATCH]


def _own_links(table: Table) -> list[Column[Any]]:
    """Find the columns that point to other rows of their table: to the painting that one goes on from."""
    return [column for column in table.columns if any(map(column.references, table.primary_key))]


def _link(connection: Connection, column: Column[Any], rows: list[dict[str, Any]]) -> None:
    """Let rows point to others of their table, now that all are there, in whatever order they came."""
    [key] = column.table.primary_key
    later = update(column.table).where(key == bindparam("row")).values({column: bindparam("other")})
    pairs = [{"row": row[key.name], "other": row[column.name]} for row in rows if row[column.name]]
    for batch in _batches(pairs):
        connection.execute(later, batch)


def _set_sequence(connection: Connection, table: Table) -> None:
    column = table.autoincrement_column
    if column is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def _write_media(archive: tarfile.TarFile, media: Media) -> int:
    count = 0
    for key in [*media.keys("uploads/"), *media.keys("jobs/")]:
        try:
            _add(archive, f"media/{key}", media.get(key))
        except MissingError:
            continue  # it was deleted meanwhile
        count += 1
    return count


def _read_media(archive: tarfile.TarFile, media: Media) -> int:
    count = 0
    for member in archive:
        if member.isfile() and member.name.startswith("media/"):
            # Media refuses keys that lead elsewhere.
            media.put(member.name.removeprefix("media/"), _content(archive, member))
            count += 1
    return count


def _restore_key(settings: Settings, key: str) -> None:
    if settings.secret_key is None:
        settings.data.mkdir(parents=True, exist_ok=True)
        with atomic_write(settings.data / _KEY, mode=_OWNER_ALONE) as file:
            file.write(key.encode())


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(_content(archive, _MANIFEST))
    if manifest.get("format") != _FORMAT:
        raise BackupError(
            "This backup was made by a newer version; restore it with that one.", code="newer-version"
        )
    return manifest


def _content(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    try:
        file = archive.extractfile(member)
    except KeyError as exc:
        raise BackupError(_INCOMPLETE, code="not-a-backup") from exc
    if file is None:
        raise BackupError(_INCOMPLETE, code="not-a-backup")
    with file:
        return file.read()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(data))


def main(arguments: list[str] | None = None) -> int:
    """Create or restore, as asked."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.backup", description="Back a studio up, or restore it into an empty one."
    )
    parser.add_argument("act", choices=["create", "restore"])
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    settings = Settings.from_env()
    try:
        count = {"create": create, "restore": restore}[options.act](settings, options.file)
    except (PasticheError, OSError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except SQLAlchemyError as exc:
        sys.stderr.write(f"{NO_DATABASE}: {getattr(exc, 'orig', None) or exc}.\n")
        return 1
    sys.stdout.write(f"{options.file}: {count} pictures.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
