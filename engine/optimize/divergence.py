"""A limit on how often one scale may roll back after a loss or gradient that is not finite."""

import logging

from engine.errors import PaintingError

MAX_ROLLBACKS = 5

_log = logging.getLogger(__name__)


class DivergenceGuard:
    """Counts how often a scale has rolled back because a loss or a gradient was not finite."""

    def __init__(self) -> None:
        self._count = 0

    def record(self, step: int) -> None:
        """Count one more rollback, at this step of the scale.

        Raises:
            PaintingError: there were more than `MAX_ROLLBACKS`.
        """
        self._count += 1
        if self._count > MAX_ROLLBACKS:
            raise PaintingError(
                f"The numbers diverged {self._count} times, even with ever shorter steps; "
                "try float32 precision, a smaller learning rate or less extreme weights.",
                code="diverged",
            )
        _log.warning("not finite at step %s of this scale: rollback %s", step, self._count)
