"""Runs migrations within the transaction that `jobs.store.migrate` opened.

They only go up: to go back, restore a backup made before.

To write a new one after changing `jobs/store/tables.py`:
`python -m alembic -c jobs/migrations/alembic.ini revision --autogenerate -m "what changes"`.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from jobs.settings import Settings
from jobs.store.database import open_engine
from jobs.store.tables import Instant, metadata


def _plainly(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration must not change when our own types do.
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_item=_plainly)
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    with open_engine(Settings.from_env().database_url).begin() as own:
        _run(own)
