"""The truth about what was asked and made, in SQL.

Every change of a job is one guarded UPDATE that names the states it may leave
and, on a worker's side, the token of its claim: so two that race are decided by
the database, and a worker that lost its lease can change nothing.

`uploads`, `orders` and `wishes` hold what owners ask, `leases` what workers do,
`housekeeping` what the janitor does, `order` who is painted next, `tables` the
schema, `database` how it is opened. `queues` lets owners reorder what waits,
`snapshots` keeps pictures on the way, `costs` what work takes, `family` who goes on
from whom; `labels` holds what owners write beside their pictures; `owners` is what
concerns one as a whole, `figures` what is counted for those who watch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from jobs.store.costs import Costs
from jobs.store.database import SchemaError, migrate, open_engine
from jobs.store.housekeeping import MAX_ATTEMPTS, Housekeeping
from jobs.store.labels import Labels
from jobs.store.leases import STARTING_PATIENCE_S
from jobs.store.lineage import Family
from jobs.store.orders import Orders
from jobs.store.owners import Owners
from jobs.store.queues import Queues
from jobs.store.snapshots import Snapshots
from jobs.store.statistics import Figures
from jobs.store.uploads import OrderError, Uploads
from jobs.store.wishes import OwnerRequests

__all__ = ["MAX_ATTEMPTS", "STARTING_PATIENCE_S", "JobStore", "OrderError", "SchemaError", "migrate"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class JobStore(
    Uploads, Orders, Labels, Queues, Family, OwnerRequests, Snapshots, Costs, Owners, Figures, Housekeeping
):
    """All that is known of uploads and jobs; safe to share between threads.

    Args:
        engine: from `open_engine`; its schema must be up to date.
        now: the clock, for tests.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = _utc_now) -> None:
        super().__init__(engine, now)

    @classmethod
    def open(cls, database_url: str, *, migrate: bool = False) -> JobStore:
        """Open a database, and bring its schema up to date if asked to.

        Raises:
            SchemaError: it was made by a newer version of the studio.
        """
        if migrate:
            _migrate(database_url)
        return cls(open_engine(database_url))

    def ping(self) -> None:
        """Ask the database for a sign of life; raises SQLAlchemy's error if there is none."""
        with self._readers.connect() as connection:
            connection.execute(text("SELECT 1 FROM jobs WHERE 1 = 0"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


_migrate = migrate
