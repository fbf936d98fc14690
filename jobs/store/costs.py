"""What work costs on each device, as measured, and how wrong the estimates were."""

from __future__ import annotations

import contextlib
import json

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.recipe.rates import Rates, Sample
from jobs.job import DONE
from jobs.store.rows import Base
from jobs.store.tables import estimates, jobs, rates

_MAX_ESTIMATES = 500
"""How many of the last estimates are kept."""


class Costs(Base):
    """Rates by device, and the errors of the estimates."""

    def rates(self, device: str | None = None) -> Rates:
        """Return what work costs on a device or, without one, on the device that was measured last.

        If nothing has been measured there yet, these are the engine's guesses.
        """
        with self._readers.connect() as connection:
            return self._rates(connection, device) or Rates()

    def is_measured(self, device: str) -> bool:
        """Return whether a device has painted anything, or at least tried a few steps."""
        with self._readers.connect() as connection:
            return self._rates(connection, device) is not None

    def _rates(self, connection: Connection, device: str | None) -> Rates | None:
        query = select(rates.c.costs).order_by(rates.c.at.desc()).limit(1)
        if device is not None:
            query = query.where(rates.c.device == device)
        text = connection.scalar(query)
        return None if text is None else Rates.from_dict(json.loads(text))

    def record_trial(self, device: str, sample: Sample) -> None:
        """Base the first estimates for a device on a few trial steps; does nothing once it was measured.

        Args:
            device: the name of the machine and what it computes on.
            sample: what was measured of the steps.
        """
        # Another worker on this device may have been quicker, or may have painted.
        with contextlib.suppress(IntegrityError), self._engine.begin() as connection:
            if self._rates(connection, device) is not None:
                return
            known = self._rates(connection, None) or Rates()
            costs = json.dumps(known.after_trial(sample).to_dict())
            connection.execute(insert(rates).values(device=device, costs=costs, at=self._now()))

    def record_painting(self, device: str, sample: Sample, *, expected_s: float) -> None:
        """Update a device's rates with what was measured of an undisturbed painting, and record the estimate.

        Args:
            device: the name of the machine and what it computes on.
            sample: what was measured.
            expected_s: what was estimated when the painting began.
        """
        with self._engine.begin() as connection:
            # Of two workers on one device, one may overwrite the other's update; the average bears that.
            known = self._rates(connection, device) or Rates()
            values = {"costs": json.dumps(known.after(sample).to_dict()), "at": self._now()}
            changed = connection.execute(update(rates).where(rates.c.device == device).values(values))
            if changed.rowcount == 0:
                connection.execute(insert(rates).values(device=device, **values))
            row = {"device": device, "backbone": sample.key, "at": self._now()}
            row |= {"expected_s": expected_s, "painted_s": sample.seconds}
            connection.execute(insert(estimates).values(row))
            oldest = select(func.max(estimates.c.id) - _MAX_ESTIMATES).scalar_subquery()
            connection.execute(delete(estimates).where(estimates.c.id <= oldest))

    def estimates(self, limit: int = 100) -> list[tuple[float, float]]:
        """List the expected and the actual seconds of the last paintings, newest first."""
        query = select(estimates.c.expected_s, estimates.c.painted_s).order_by(estimates.c.id.desc())
        return [(row.expected_s, row.painted_s) for row in self._rows(query.limit(limit))]

    def estimate_errors(self, limit: int = 100) -> list[float]:
        """List the relative errors of the last estimates, newest first: 0.2 is 20 % of the actual time."""
        return [abs(expected - took) / took for expected, took in self.estimates(limit) if took > 0]

    def step_seconds(self) -> list[float]:
        """List the mean seconds per step of the last finished or stopped paintings, newest first."""
        query = select(jobs.c.painted_s, jobs.c.step).where(jobs.c.status.in_(DONE), jobs.c.step > 0)
        rows = self._rows(query.order_by(jobs.c.finished_at.desc()).limit(50))
        return [row.painted_s / row.step for row in rows]
