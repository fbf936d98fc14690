"""Migrates the database to the newest schema: `python -m jobs.migrate`."""

from __future__ import annotations

import sys

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import PasticheError
from jobs.settings import Settings
from jobs.store import migrate


def main() -> int:
    """Migrate, or print one line that says why not; return the exit status."""
    try:
        migrate(Settings.from_env().database_url)
    except (PasticheError, SQLAlchemyError) as exc:
        sys.stderr.write(f"{str(exc).partition(chr(10))[0]}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
