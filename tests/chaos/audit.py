"""What really happened to the jobs: written down by the database itself, in the transactions that did it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from jobs.job import DONE, LEGAL, Status

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chaos_audit (
    id INTEGER PRIMARY KEY, job_id TEXT, old_status TEXT, status TEXT, old_token TEXT, token TEXT,
    old_step INTEGER, step INTEGER, old_checkpoint TEXT, checkpoint TEXT, checkpoint_step INTEGER, result TEXT
);
CREATE TRIGGER IF NOT EXISTS chaos_watch AFTER UPDATE ON jobs BEGIN
    INSERT INTO chaos_audit VALUES (
        NULL, NEW.id, OLD.status, NEW.status, OLD.token, NEW.token,
        OLD.step, NEW.step, OLD.checkpoint_key, NEW.checkpoint_key, NEW.checkpoint_step, NEW.result_key
    );
END;
"""


@dataclass(frozen=True)
class Row:
    """One change of one job; `at` is when it was seen, on a clock that no fault moves."""

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
        """Whether the job got anywhere."""
        return self.old_status != self.status or self.old_step != self.step


class Audit:
    """Reads a studio's database, and knows what must never be in it."""

    def __init__(self, data: Path) -> None:
        self._path = data / "pastiche.db"

    def install(self) -> None:
        """Let the database write down every change from now on."""
        self._ask(lambda connection: connection.executescript(_SCHEMA))

    def rows(self, after: int = 0) -> list[Row]:
        query = "SELECT * FROM chaos_audit WHERE id > ? ORDER BY id"
        rows = self._ask(lambda c: c.execute(query, (after,)).fetchall())
        return [Row(time.monotonic(), *row) for row in rows]

    def statuses(self) -> dict[str, str]:
        return dict(self._ask(lambda c: c.execute("SELECT id, status FROM jobs").fetchall()))

    def reasons(self) -> dict[str, str]:
        query = "SELECT id, reason FROM jobs WHERE status = 'failed'"
        return dict(self._ask(lambda c: c.execute(query).fetchall()))

    def _ask(self, act: Callable):
        # Another fault may be that the database is locked just now.
        deadline = time.monotonic() + 60
        while True:
            try:
                with closing(sqlite3.connect(self._path, timeout=20)) as connection:
                    return act(connection)
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def broken(rows: list[Row], submitted: set[str], statuses: dict[str, str]) -> list[str]:
    """List what broke an invariant; nothing, if all held."""
    found = [f"lost: {job_id}" for job_id in sorted(submitted - statuses.keys())]
    ended = {*DONE, Status.CANCELLED}
    found += [f"left {status}: {job_id}" for job_id, status in statuses.items() if status not in ended]
    done: dict[str, int] = {}
    for row in rows:
        found += _broken_by(row)
        if row.status in DONE and row.old_status not in DONE:
            done[row.job_id] = done.get(row.job_id, 0) + 1
    found += [f"finished {count} times: {job_id}" for job_id, count in done.items() if count > 1]
    return found


def _broken_by(row: Row) -> list[str]:
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
