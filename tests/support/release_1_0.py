"""The files of release 1.0 in tests/data/release_1_0; its README describes them."""

from __future__ import annotations

import json
import lzma
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "data" / "release_1_0"


def facts(of: str) -> dict[str, Any]:
    """Return what is known of the gallery in "database" (database.sql) or in "backup" (backup.tar.xz)."""
    return dict(json.loads((FOLDER / "facts.json").read_text())[of])


def write_database(path: Path) -> None:
    """Write database.sql as the SQLite file that release 1.0 had."""
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript((FOLDER / "database.sql").read_text())
    connection.close()


def count_rows() -> Counter[str]:
    """Count the rows of database.sql by table."""
    lines = (FOLDER / "database.sql").read_text().splitlines()
    return Counter(line.split('"')[1] for line in lines if line.startswith("INSERT INTO "))


def write_backup(path: Path) -> None:
    """Write the backup as release 1.0 did, uncompressed."""
    path.write_bytes(lzma.decompress((FOLDER / "backup.tar.xz").read_bytes()))


def messages() -> dict[str, list[str]]:
    """Return Celery's messages by the name that the queue had, in the order in which LPUSH restores them."""
    return dict(json.loads((FOLDER / "redis.json").read_text()))
