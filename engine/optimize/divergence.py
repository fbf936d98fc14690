"""Going on where the numbers of a scale ran away, a few times at the most."""

import logging

from engine.errors import PaintingError

MAX_ROLLBACKS = 5

_log = logging.getLogger(__name__)


class DivergenceGuard:
    """How often a scale had to go back because a loss or a gradient was not finite."""

    def __init__(self) -> None:
        self._count = 0

    def one_more(self, step: int) -> None:
        """Count one more, at this step of the scale.

        Raises:
            PaintingError: it happened more than `MAX_ROLLBACKS` times.
        """
        self._count += 1
        if self._count > MAX_ROLLBACKS:
            raise PaintingError(
                f"The numbers ran away {self._count} times, with ever shorter steps; "
                "try float32 precision, a smaller learning rate or less extreme weights.",
                code="diverged",
            )
        _log.warning("not finite at step %s of this scale: rescue %s", step, self._count)
