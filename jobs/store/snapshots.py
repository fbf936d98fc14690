"""The snapshots that are kept with a job, for its film and for continuations."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from engine.imaging.film_formats import MAX_SNAPSHOTS
from jobs.job import Snapshot, Status
from jobs.store.leases import holds_lease
from jobs.store.rows import Base
from jobs.store.tables import jobs, snapshots


class Snapshots(Base):
    """Snapshots: each part of the work has a place for one, so their number is limited."""

    def keep(self, job_id: str, token: str, snapshot: Snapshot) -> bool:
        """Record a stored snapshot, in place of an earlier one of the same part; return whether it counts."""
        if not 0 <= snapshot.place < MAX_SNAPSHOTS:
            raise ValueError(snapshot.place)
        same_place = snapshots.c.job_id == job_id, snapshots.c.place == snapshot.place
        painting = select(jobs.c.id).where(
            jobs.c.id == job_id, jobs.c.status == Status.PAINTING, *holds_lease(token)
        )
        values = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
        with self._engine.begin() as connection:
            if connection.execute(painting.with_for_update()).first() is None:
                return False
            before = connection.scalars(delete(snapshots).where(*same_place).returning(snapshots.c.key)).all()
            self._discard(connection, *(key for key in before if key != snapshot.key))
            connection.execute(insert(snapshots).values(job_id=job_id, **values))
        return True

    def of_job(self, job_id: str) -> list[Snapshot]:
        """List a job's snapshots in the order in which they were painted."""
        columns = [snapshots.c[name] for name in Snapshot.__dataclass_fields__]
        query = select(*columns).where(snapshots.c.job_id == job_id).order_by(snapshots.c.place)
        return [Snapshot(**row._mapping) for row in self._rows(query)]

    def at_step(self, job_id: str, step: int) -> Snapshot | None:
        """Find the snapshot of a step."""
        return next((snapshot for snapshot in self.of_job(job_id) if snapshot.step == step), None)
