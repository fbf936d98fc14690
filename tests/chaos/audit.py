"""What really happened to the jobs: triggers in the database record each change in its own transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from jobs.job import DONE, LEGAL, Status

_COLUMNS = """job_id, old_status, status, old_token, token, old_step, step,
    old_checkpoint, checkpoint, checkpoint_step, result"""
_VALUES = """NEW.id, OLD.status, NEW.status, OLD.token, NEW.token, OLD.step, NEW.step,
    OLD.checkpoint_key, NEW.checkpoint_key, NEW.checkpoint_step, NEW.result_key"""
_TYPES = """job_id TEXT, old_status TEXT, status TEXT, old_token TEXT, token TEXT, old_step INTEGER,
    step INTEGER, old_checkpoint TEXT, checkpoint TEXT, checkpoint_step INTEGER, result TEXT"""
_NOTE = f"INSERT INTO chaos_audit ({_COLUMNS}) VALUES ({_VALUES});"
_SCHEMA = {
    "sqlite": (
        f"CREATE TABLE IF NOT EXISTS chaos_audit (id INTEGER PRIMARY KEY, {_TYPES})",
        f"CREATE TRIGGER IF NOT EXISTS chaos_watch AFTER UPDATE ON jobs BEGIN {_NOTE} END",
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS chaos_audit"
        f" (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {_TYPES})",
        "CREATE OR REPLACE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN {_NOTE} RETURN NULL; END $$",
        "CREATE OR REPLACE TRIGGER chaos_watch AFTER UPDATE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION chaos_note()",
    ),
}
_LATE = 500
"""PostgreSQL numbers rows before they become visible: a row this many numbers back may still appear."""


@dataclass(frozen=True)
class Row:
    """One change of one job; `at` is when it was read, on a clock that no fault moves."""

    at: float
    id: int
    job_id: str
    old_status: str
    status: str
    old_token: str | None
    token: str | None
    old_step: int
    step: int
    old_checkpoint: str | None
    checkpoint: str | None
    checkpoint_step: int
    result: str | None

    @property
    def moves(self) -> bool:
        """Whether the job made progress."""
        return self.old_status != self.status or self.old_step != self.step


class Audit:
    """Reads the changes of jobs from a studio's database.

    Args:
        database_url: the database of the studio.
    """

    def __init__(self, database_url: str) -> None:
        self._engine = create_engine(database_url, poolclass=NullPool)
        self._known: set[int] = set()

    def install(self) -> None:
        """Make the database record every change from now on."""

        def build(connection: Connection) -> None:
            for statement in _SCHEMA[self._engine.dialect.name]:
                connection.exec_driver_sql(statement)

        self._retry(build)

    def new_rows(self) -> list[Row]:
        """Return the changes that were not returned before."""
        query = text(f"SELECT id, {_COLUMNS} FROM chaos_audit WHERE id > :floor ORDER BY id")
        floor = max(self._known, default=0) - _LATE
        recorded = self._retry(lambda c: c.execute(query, {"floor": floor}).all())
        rows = [Row(time.monotonic(), *row) for row in recorded if row.id not in self._known]
        self._known.update(row.id for row in rows)
        return rows

    def statuses(self) -> dict[str, str]:
        return dict(self._pairs("SELECT id, status FROM jobs"))

    def reasons(self) -> dict[str, str]:
        return dict(self._pairs("SELECT id, reason FROM jobs WHERE status = 'failed'"))

    def _pairs(self, query: str) -> list[tuple[str, str]]:
        return self._retry(lambda c: [(key, value) for key, value in c.execute(text(query))])

    def _retry(self, act: Callable[[Connection], Any]) -> Any:
        # One of the faults is a locked database.
        deadline = time.monotonic() + 60
        while True:
            try:
                with self._engine.begin() as connection:
                    return act(connection)
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def violations(rows: list[Row], submitted: set[str], statuses: dict[str, str]) -> list[str]:
    """List what violates an invariant."""
    found = [f"lost: {job_id}" for job_id in sorted(submitted - statuses.keys())]
    ended = {*DONE, Status.CANCELLED}
    found += [f"left {status}: {job_id}" for job_id, status in statuses.items() if status not in ended]
    done: dict[str, int] = {}
    for row in rows:
        found += _violations_of(row)
        if row.status in DONE and row.old_status not in DONE:
            done[row.job_id] = done.get(row.job_id, 0) + 1
    found += [f"finished {count} times: {job_id}" for job_id, count in done.items() if count > 1]
    return found


def _violations_of(row: Row) -> list[str]:
    found = []
    before, after = Status(row.old_status), Status(row.status)
    if before is not after and after not in LEGAL[before]:
        found.append(f"{before} became {after}: {row.job_id}")
    holder = f"/{row.old_token}/"
    if row.checkpoint and row.checkpoint != row.old_checkpoint and holder not in row.checkpoint:
        found.append(f"a checkpoint of another attempt counted: {row.checkpoint}")
    if after in DONE and before is Status.PAINTING and holder not in (row.result or ""):
        found.append(f"a result of another attempt counted: {row.result}")
    if before in DONE and row.old_step != row.step:
        found.append(f"painted on after its end: {row.job_id}")
    return found
