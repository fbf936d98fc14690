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
import os
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, func, insert, select, text

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


class BackupError(PasticheError):
    """A backup cannot be made or restored; the sentence says why."""


def create(settings: Settings, path: Path) -> int:
    """Write everything into a file; return how many pictures it holds.

    Raises:
        BackupError: the file is there already.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists():
            raise BackupError(f"{path} is there already; choose another name.")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            with engine.execution_options(read_only=True).connect() as connection:
                _write_rows(archive, connection)
            _add(archive, _KEY, settings.load_secret_key().encode())
            count = _write_media(archive, media)
        part.replace(path)
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)
    return count


def restore(settings: Settings, path: Path) -> int:
    """Bring back what `create` wrote, into a studio that is empty; return how many pictures there are.

    Raises:
        BackupError: it is no backup, or there is something in the studio already.
    """
    media = Media.open(settings.media_url)
    engine = open_engine(settings.database_url)
    try:
        with tarfile.open(path) as archive:
            manifest = _manifest(archive)
            with engine.begin() as connection:
                _clear(connection, manifest["schema"])
            migrate(settings.database_url, manifest["schema"])
            with engine.begin() as connection:
                _read_rows(archive, connection)
            count = _read_media(archive, media)
            _restore_key(settings, _content(archive, _KEY).decode())
        migrate(settings.database_url)
    except tarfile.TarError as exc:
        raise BackupError(f"{path} is no backup, or is damaged.") from exc
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
        rows = connection.execute(select(table).order_by(*_order(table)))
        lines = (json.dumps(list(row)) for row in rows)
        head = json.dumps([column.name for column in table.columns])
        _add(archive, f"tables/{table.name}.jsonl", "\n".join([head, *lines]).encode())


def _order(table: Table) -> list[Any]:
    # A painting comes after the one that it goes on from.
    return [table.c.created_at] if "created_at" in table.c else list(table.primary_key)


def _clear(connection: Connection, schema: str | None) -> None:
    """Make sure that there is nothing yet, and take down empty tables of another schema than the backup's."""
    tables = _tables(connection)
    for table in tables:
        if connection.scalar(select(func.count()).select_from(table)):
            raise BackupError("There is something in this studio already; restore into an empty one.")
    if MigrationContext.configure(connection).get_current_revision() not in (None, schema):
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)


def _read_rows(archive: tarfile.TarFile, connection: Connection) -> None:
    for table in _tables(connection):
        lines = _content(archive, f"tables/{table.name}.jsonl").splitlines()
        names, *rows = (json.loads(line) for line in lines)
        for at in range(0, len(rows), _BATCH):
            values = [dict(zip(names, row, strict=True)) for row in rows[at : at + _BATCH]]
            connection.execute(insert(table), values)
        if connection.dialect.name == "postgresql" and table.autoincrement_column is not None and rows:
            _set_sequence(connection, table)


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
        path = settings.data / _KEY
        path.touch(mode=0o600)
        path.write_text(key)


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(_content(archive, _MANIFEST))
    if manifest.get("format") != _FORMAT:
        raise BackupError("This backup was made by a newer version; restore it with that one.")
    return manifest


def _content(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    try:
        file = archive.extractfile(member)
    except KeyError as exc:
        raise BackupError("This is no backup of a studio, or a part of it is missing.") from exc
    if file is None:
        raise BackupError("This is no backup of a studio, or a part of it is missing.")
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
    sys.stdout.write(f"{options.file}: {count} pictures.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
