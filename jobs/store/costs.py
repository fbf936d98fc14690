"""What work costs on each device, as measured, and how far the estimates were off."""

from __future__ import annotations

import contextlib
import json

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.recipe.rates import Rates, Sample
from jobs.store.rows import Base
from jobs.store.tables import estimates, rates

_KEPT = 500
"""So many of the last estimates are remembered."""


class Costs(Base):
    """Rates by device, and the estimates' own error."""

    def rates(self, device: str | None = None) -> Rates:
        """Return what work costs on a device; without one, on the one that was measured last.

        Where nothing has been measured yet, these are the engine's own guesses.
        """
        with self._readers.connect() as connection:
            return self._rates(connection, device) or Rates()

    def is_measured(self, device: str) -> bool:
        """Tell whether anything was painted on a device, or at least tried."""
        with self._readers.connect() as connection:
            return self._rates(connection, device) is not None

    def _rates(self, connection: Connection, device: str | None) -> Rates | None:
        query = select(rates.c.costs).order_by(rates.c.at.desc()).limit(1)
        if device is not None:
            query = query.where(rates.c.device == device)
        text = connection.scalar(query)
        return None if text is None else Rates.from_dict(json.loads(text))

    def note_tried(self, device: str, sample: Sample) -> None:
        """Let the first estimates for a device rest on a few steps; changes nothing once it was measured.

        Args:
            device: names the machine and what it computes on.
            sample: what the steps showed.
        """
        # Another worker of this device may have been quicker, or have painted.
        with contextlib.suppress(IntegrityError), self._engine.begin() as connection:
            if self._rates(connection, device) is not None:
                return
            known = self._rates(connection, None) or Rates()
            costs = json.dumps(known.after_trial(sample).to_dict())
            connection.execute(insert(rates).values(device=device, costs=costs, at=self._now()))

    def record_painting(self, device: str, sample: Sample, *, expected_s: float) -> None:
        """Blend what an unsteered painting showed into its device's rates, and record the estimate's error.

        Args:
            device: names the machine and what it computes on.
            sample: what was measured.
            expected_s: what was estimated when the painting began.
        """
        with self._engine.begin() as connection:
            # Two workers of one device may lose each other's last painting, which harms no average.
            known = self._rates(connection, device) or Rates()
            values = {"costs": json.dumps(known.after(sample).to_dict()), "at": self._now()}
            changed = connection.execute(update(rates).where(rates.c.device == device).values(values))
            if changed.rowcount == 0:
                connection.execute(insert(rates).values(device=device, **values))
            row = {"device": device, "backbone": sample.key, "at": self._now()}
            row |= {"expected_s": expected_s, "painted_s": sample.seconds}
            connection.execute(insert(estimates).values(row))
            oldest = select(func.max(estimates.c.id) - _KEPT).scalar_subquery()
            connection.execute(delete(estimates).where(estimates.c.id <= oldest))

    def estimates(self, limit: int = 100) -> list[tuple[float, float]]:
        """List what the last paintings were expected to take and took, in seconds, newest first."""
        query = select(estimates.c.expected_s, estimates.c.painted_s).order_by(estimates.c.id.desc())
        with self._readers.connect() as connection:
            return [(row.expected_s, row.painted_s) for row in connection.execute(query.limit(limit))]

    def estimate_errors(self, limit: int = 100) -> list[float]:
        """List by how much the last estimates were off, newest first: 0.2 is 20 % of the time it took."""
        return [abs(expected - took) / took for expected, took in self.estimates(limit) if took > 0]
