"""Paints one job after the other: claims it, makes an attempt at it, and records how that ended."""

from __future__ import annotations

import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.backbones.memory import return_freed_memory
from engine.errors import PasticheError
from jobs.job import WorkerIdentity
from jobs.store import LONG_OPERATION_S
from worker.attempt import Attempt, AttemptContext
from worker.heartbeat import LeaseLostError
from worker.kinds import ATTEMPTS

BROKEN = (
    "Something in the studio broke while this was painted, and its log says what; "
    "“try again” goes on from where it was."
)
NO_MEMORY = "There was not enough memory to paint at this size; choose a smaller one."

_RETRY_S = 0.5

_log = structlog.get_logger(__name__)


class Painter:
    """Paints claimed jobs; lives in a worker's child.

    Args:
        context: what each attempt works with.
    """

    def __init__(self, context: AttemptContext) -> None:
        self._context = context
        self._store = context.store

    def paint_next(self, worker: WorkerIdentity) -> bool:
        """Claim the next job and paint it until it ends or is handed over.

        Returns:
            Whether a job was waiting.
        """
        claim = self._store.leases.claim(worker)
        if claim is None:
            return False
        with structlog.contextvars.bound_contextvars(job_id=claim.job.id):
            _log.info("claimed", resumes=claim.checkpoint_key is not None, attempt=claim.job.attempts)
            self._paint(ATTEMPTS[claim.job.kind](self._context, claim))
        return_freed_memory()
        return True

    def _paint(self, attempt: Attempt) -> None:
        job_id, token = attempt.job.id, attempt.token
        try:
            _log.info("done", outcome=attempt.paint())
        except LeaseLostError:
            _log.warning("the job is no longer this worker's")
        except SystemExit:
            # The child has to end in the middle of a step: the last checkpoint counts.
            self._store.leases.hand_over(job_id, token)
            raise
        except SQLAlchemyError:
            _log.exception("the database is away")
            self._release(job_id, token)
        except PasticheError as exc:
            _log.warning("failed", reason=str(exc), code=exc.code, exc_info=exc.__cause__)
            self._store.leases.fail(job_id, token, str(exc))
        except Exception as exc:
            _log.exception("failed")
            self._store.leases.fail(job_id, token, NO_MEMORY if _is_memory_error(exc) else BROKEN)

    def _release(self, job_id: str, token: str) -> None:
        """Put a job back as soon as the database is there again.

        The janitor would wait longer, since it sees that this process is alive.
        """
        clock = self._context.clock
        began_at = clock()
        while not self._context.is_shutting_down() and clock() - began_at < LONG_OPERATION_S:
            try:
                self._store.leases.release_lost(job_id, token)
            except SQLAlchemyError:
                time.sleep(_RETRY_S)
            else:
                return


def _is_memory_error(exc: BaseException) -> bool:
    # TensorFlow's error is known by its name, so that this module needs no TensorFlow.
    return isinstance(exc, MemoryError) or type(exc).__name__ == "ResourceExhaustedError"
