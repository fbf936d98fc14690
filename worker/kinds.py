"""How a worker makes each kind of job that it claims; the kinds are described in `jobs/kinds.py`."""

from __future__ import annotations

from jobs.job import JobKind
from jobs.kinds import ONE_PASS, PAINTING, VARIATION
from worker.attempt import Attempt
from worker.feedforward_attempt import FeedforwardAttempt

ATTEMPTS: dict[JobKind, type[Attempt]] = {
    PAINTING: Attempt,
    VARIATION: Attempt,
    ONE_PASS: FeedforwardAttempt,
}
