"""The truth about what was ordered and painted, in SQL.

Every change of a job is one guarded UPDATE that names the states the job may be
in and, for a worker, the token of its claim. So the database decides between
two that race, and a worker that lost its lease can change nothing.

`JobStore` has a store for each subject, in the module of its name. Of those that
a request needs, `uploads` and `jobs` have what was ordered, `wishes` what owners
ask of a job, `queues` what waits, `gallery` what was painted, and `owners` keys
and quota. `leases` and `snapshots` are for workers, `housekeeping` for the
janitor, and `costs` has what work takes. `claim_order` says which job is next,
`tables` is the schema, `rows` reads it, `database` opens it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from jobs.store.costs import Costs
from jobs.store.database import SchemaError, migrate, open_engine
from jobs.store.gallery import Gallery
from jobs.store.housekeeping import Housekeeping
from jobs.store.jobs import Jobs
from jobs.store.leases import LONG_OPERATION_S, MAX_ATTEMPTS, Leases
from jobs.store.owners import Owners
from jobs.store.queues import Queues
from jobs.store.snapshots import Snapshots
from jobs.store.uploads import OrderError, Uploads
from jobs.store.wishes import OwnerWishes

__all__ = ["LONG_OPERATION_S", "MAX_ATTEMPTS", "JobStore", "OrderError", "SchemaError", "migrate"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class JobStore:
    """Everything that is known of uploads and jobs; safe to share between threads.

    Args:
        engine: from `open_engine`; its schema must be up to date.
        now: the clock, for tests.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = _utc_now) -> None:
        self.engine = engine
        self.uploads = Uploads(engine, now)
        self.jobs = Jobs(engine, now)
        self.wishes = OwnerWishes(engine, now)
        self.queues = Queues(engine, now)
        self.gallery = Gallery(engine, now)
        self.owners = Owners(engine, now)
        self.leases = Leases(engine, now)
        self.snapshots = Snapshots(engine, now)
        self.housekeeping = Housekeeping(engine, now)
        self.costs = Costs(engine, now)

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
        with self.engine.execution_options(read_only=True).connect() as connection:
            connection.execute(text("SELECT 1 FROM jobs WHERE 1 = 0"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


_migrate = migrate
