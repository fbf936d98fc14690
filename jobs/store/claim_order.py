"""The order in which waiting jobs are claimed: fair between visitors.

Half-painted jobs that lost their worker come first. Then visitors take turns: in
each round one job of every visitor is claimed, beginning with the visitor whose
last turn was longest ago.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Subquery, case, func, select

from jobs.job import Queue, Status
from jobs.store.tables import jobs


def claim_order(queue: Queue) -> Select[str]:
    """Select the ids of the waiting jobs of a queue in the order of their claim."""
    waiting, keys = _ranked(queue)
    return select(waiting.c.id).order_by(*keys)


def places(queue: Queue) -> Subquery:
    """Number the waiting jobs of a queue (`id`, `place`) in the order of their claim, from 1."""
    waiting, keys = _ranked(queue)
    return select(waiting.c.id, func.row_number().over(order_by=keys).label("place")).subquery()


def _ranked(queue: Queue) -> tuple[Subquery, list[Any]]:
    served = (
        select(jobs.c.owner, func.max(jobs.c.claim_no).label("last"))
        .where(jobs.c.queue == queue)
        .group_by(jobs.c.owner)
        .subquery()
    )
    per_owner = [jobs.c.owner, jobs.c.interrupted]
    waiting = (
        select(
            jobs.c.id,
            jobs.c.owner,
            jobs.c.interrupted,
            # Claiming an interrupted job again is not a new turn for its owner, so it keeps its number.
            case((jobs.c.interrupted, jobs.c.claim_no), else_=0).label("resumes"),
            func.row_number()
            .over(partition_by=per_owner, order_by=[jobs.c.position, jobs.c.id])
            .label("round"),
            func.min(jobs.c.position).over(partition_by=per_owner).label("first_position"),
        )
        .where(jobs.c.status == Status.QUEUED, jobs.c.queue == queue)
        .subquery()
    )
    joined = select(waiting, served.c.last).join(served, served.c.owner == waiting.c.owner).subquery()
    columns = joined.c
    keys = [
        case((columns.interrupted, 0), else_=1),
        columns.resumes,
        columns.round,
        columns["last"],
        columns.first_position,
        columns.owner,
        columns.id,
    ]
    return joined, keys
