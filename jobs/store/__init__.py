"""The truth about what was ordered and painted, in SQL.

Every change of a job is one guarded UPDATE that names the states the job may be
in and, for a worker, the token of its claim. So the database decides between
two that race, and a worker that lost its lease can change nothing.

Each module has one concern, and `JobStore` has the methods of all:
`uploads`, `orders` and `wishes` what owners ask for, `queues` how they reorder
what waits, `labels` what they write beside their paintings, `owners` their keys
and quota; `leases` and `snapshots` what workers do; `housekeeping` what the
janitor does; `lineage` which painting continues which; `costs` what work takes;
`statistics` what the metrics show. `claim_order` says which job is next,
`tables` is the schema, `rows` reads it, `database` opens it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from jobs.store.costs import Costs
from jobs.store.database import SchemaError, migrate, open_engine
from jobs.store.housekeeping import MAX_ATTEMPTS, Housekeeping
from jobs.store.labels import Labels
from jobs.store.leases import LONG_OPERATION_S
from jobs.store.lineage import Lineage
from jobs.store.orders import Orders
from jobs.store.owners import Owners
from jobs.store.queues import Queues
from jobs.store.snapshots import Snapshots
from jobs.store.statistics import Statistics
from jobs.store.uploads import OrderError, Uploads
from jobs.store.wishes import OwnerRequests

__all__ = ["LONG_OPERATION_S", "MAX_ATTEMPTS", "JobStore", "OrderError", "SchemaError", "migrate"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class JobStore(
    Uploads,
    Orders,
    Labels,
    Queues,
    Lineage,
    OwnerRequests,
    Snapshots,
    Costs,
    Owners,
    Statistics,
    Housekeeping,
):
    """Everything that is known of uploads and jobs; safe to share between threads.

    Args:
        engine: from `open_engine`; its schema must be up to date.
        now: the clock, for tests.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = _utc_now) -> None:
        super().__init__(engine, now)

    @classmethod
    def open(cls, database_url: str, *, migrate: bool = False) -> JobStore:
        """Open a database, and migrate it first if `migrate` is true.

        Raises:
            SchemaError: it was made by a newer version of the studio.
        """
        if migrate:
            _migrate(database_url)
        return cls(open_engine(database_url))

    def ping(self) -> None:
        """Check that the database answers; raises SQLAlchemy's error if it does not."""
        with self._readers.connect() as connection:
            connection.execute(text("SELECT 1 FROM jobs WHERE 1 = 0"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


_migrate = migrate
