"""The pictures on the way that are kept with a job: for its film, and to paint further from."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from engine.imaging.film_formats import MAX_FRAMES
from jobs.job import Frame, Status
from jobs.store.leases import Leases, held
from jobs.store.tables import frames, jobs


class Frames(Leases):
    """Pictures on the way: each part of the work has room for one, so none need ever be thinned."""

    def keep_frame(self, job_id: str, token: str, frame: Frame) -> bool:
        """Let a stored frame count, in place of one that its place may have."""
        if not 0 <= frame.place < MAX_FRAMES:
            raise ValueError(frame.place)
        here = frames.c.job_id == job_id, frames.c.place == frame.place
        painting = select(jobs.c.id).where(
            jobs.c.id == job_id, jobs.c.status == Status.PAINTING, *held(token)
        )
        values = {name: getattr(frame, name) for name in Frame.__dataclass_fields__}
        with self._engine.begin() as connection:
            if connection.execute(painting.with_for_update()).first() is None:
                return False
            before = connection.scalars(delete(frames).where(*here).returning(frames.c.key)).all()
            self._discard(connection, *(key for key in before if key != frame.key))
            connection.execute(insert(frames).values(job_id=job_id, **values))
        return True

    def frames(self, job_id: str) -> list[Frame]:
        """List a job's frames in the order in which they were painted."""
        columns = [frames.c[name] for name in Frame.__dataclass_fields__]
        query = select(*columns).where(frames.c.job_id == job_id).order_by(frames.c.place)
        with self._readers.connect() as connection:
            return [Frame(**row._mapping) for row in connection.execute(query)]

    def frame(self, job_id: str, step: int) -> Frame | None:
        """Find the frame of a step."""
        return next((frame for frame in self.frames(job_id) if frame.step == step), None)
