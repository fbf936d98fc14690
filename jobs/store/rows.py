"""Turns rows into the records of `jobs.job`, and changes the state of a job."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    exists,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from engine.errors import RecipeError
from engine.recipe import Recipe
from jobs.job import DONE, LEGAL, Job, Queue, Result, Status, Upload
from jobs.kinds import KINDS, UNLISTED
from jobs.store.tables import discards, events, job_parts, job_styles, jobs, uploads


class Base:
    """The database and the clock that each store of `JobStore` uses."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._readers = engine.execution_options(read_only=True)
        self._now = now

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._readers.connect() as connection:
            return connection.execute(query).all()

    def _jobs(self, query: Select[Any]) -> list[Job]:
        with self._readers.connect() as connection:
            return to_jobs(connection, connection.execute(query).all())

    def _changes(self, statement: ReturningUpdate[Any]) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(statement).first() is not None

    def _move(
        self, connection: Connection, job_id: str, to: Status, event: str, detail: str = "", **changes: Any
    ) -> bool:
        changed = move(connection, job_id, to, **changes)
        if changed:
            self._log(connection, job_id, event, detail)
        return changed

    def _log(self, connection: Connection, job_id: str, event: str, detail: str = "") -> None:
        values = {"job_id": job_id, "at": self._now(), "name": event, "detail": detail}
        connection.execute(insert(events).values(values))

    def _discard(self, connection: Connection, *prefixes: str | None) -> None:
        for prefix in prefixes:
            if prefix:
                row = select(literal(prefix), literal(self._now(), discards.c.at.type))
                known = exists().where(discards.c.prefix == prefix)
                connection.execute(insert(discards).from_select(["prefix", "at"], row.where(~known)))


def owned_by(owner: str) -> ColumnElement[bool]:
    """Return the condition that a job is an owner's and not in the bin."""
    return and_(jobs.c.owner == owner, jobs.c.removed_at.is_(None))


listed = jobs.c.kind.not_in(UNLISTED)
"""The condition that a job is among its owner's, and not only shown with its parent."""


def check_style_weights(recipe: Recipe, styles: int) -> None:
    """Check that a recipe has as many style weights as there are styles, or none.

    Raises:
        RecipeError: it has another number.
    """
    given = len(recipe.style_weights)
    if given not in (0, styles):
        raise RecipeError(
            "style_weights",
            f"There are {given} style weights for {styles} styles.",
            code="weight-count",
        )


def move(
    connection: Connection,
    job_id: str,
    to: Status,
    *,
    while_in: Iterable[Status],
    guards: Sequence[ColumnElement[bool]] = (),
    **values: Any,
) -> bool:
    """Change a job's state in one guarded UPDATE.

    The job must be in one of `while_in`, each of which `LEGAL` must allow to
    become `to`. `guards` are further conditions, such as the token, and `values`
    the other columns to set.

    Returns:
        Whether the job was in such a state and met all guards.
    """
    states = list(while_in)
    if any(to not in LEGAL[state] for state in states):
        raise ValueError(f"not all of {states} may become {to}")
    if Status.PAINTING in states:
        values["token"] = None
    return change(connection, job_id, while_in=states, guards=guards, status=to, **values)


def change(
    connection: Connection,
    job_id: str,
    *,
    while_in: Iterable[Status],
    guards: Sequence[ColumnElement[bool]] = (),
    **values: Any,
) -> bool:
    """Change a job's columns in one UPDATE, guarded like `move`."""
    statement = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status.in_(list(while_in)), *guards)
        .values(values)
        .returning(jobs.c.id)
    )
    return connection.execute(statement).first() is not None


def to_upload(row: Row[Any]) -> Upload:
    """Read an upload from its row."""
    return Upload(**row._mapping)


def to_recipe(text: str) -> Recipe:
    """Read a recipe from its column."""
    values = json.loads(text)
    try:
        return Recipe.from_dict(values)
    except RecipeError as exc:
        if exc.field != "feedforward_style":
            raise
        # A style that no longer ships; what it painted can be shown all the same.
        return Recipe.from_dict(values | {"feedforward_style": ""})


def from_recipe(recipe: Recipe) -> str:
    """Write a recipe for its column."""
    return json.dumps(recipe.to_dict())


def to_jobs(connection: Connection, rows: Sequence[Row[Any]]) -> list[Job]:
    """Read jobs from their rows, together with their pictures."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    styles: dict[str, list[str]] = {job_id: [] for job_id in ids}
    order = job_styles.c.job_id, job_styles.c.place
    for job_id, upload_id in connection.execute(
        select(job_styles.c.job_id, job_styles.c.upload_id)
        .where(job_styles.c.job_id.in_(ids))
        .order_by(*order)
    ):
        styles[job_id].append(upload_id)
    parts: dict[str, dict[tuple[str, int], str]] = {job_id: {} for job_id in ids}
    for part in connection.execute(select(job_parts).where(job_parts.c.job_id.in_(ids))):
        parts[part.job_id][part.part, part.place] = part.upload_id
    wanted = {row.content_id for row in rows}.union(*styles.values(), *(p.values() for p in parts.values()))
    found = {
        row.id: to_upload(row) for row in connection.execute(select(uploads).where(uploads.c.id.in_(wanted)))
    }
    return [_to_job(row, styles[row.id], parts[row.id], found) for row in rows]


def _to_job(
    row: Row[Any], styles: list[str], parts: dict[tuple[str, int], str], found: dict[str, Upload]
) -> Job:
    values = {name: row._mapping[name] for name in _COPIED}

    def part(name: str, place: int = 0) -> Upload | None:
        return found.get(parts.get((name, place), ""))

    return Job(
        **values,
        status=Status(row.status),
        kind=KINDS[row.kind],
        queue=Queue(row.queue),
        recipe=to_recipe(row.recipe),
        content=found[row.content_id],
        styles=tuple(found[key] for key in styles),
        masks=tuple(part("mask", place) for place in range(len(styles))),
        content_mask=part("content_mask"),
        start=part("start"),
        result=_to_result(row),
    )


def refresh_job(row: Row[Any], known: Job) -> Job:
    """Read a job again; with the same `recipe_version` it has the same pictures."""
    values = {name: row._mapping[name] for name in _COPIED}
    return replace(known, **values, status=Status(row.status), result=_to_result(row))


_CONVERTED = {"status", "kind", "queue", "recipe", "result"}
_PICTURES = {"content", "styles", "masks", "content_mask", "start"}
_COPIED = [name for name in Job.__dataclass_fields__ if name not in _CONVERTED | _PICTURES]


def _to_result(row: Row[Any]) -> Result | None:
    if row.status not in DONE:
        return None
    return Result(
        key=row.result_key,
        thumbnail_key=row.thumbnail_key,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        seconds=row.painted_s,
        backbone=row.backbone,
        tones=row.tones or "",
    )
