"""What a long piece of work can do without: a failure to write it is said once, and the work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.cli.session import Session
from engine.errors import PasticheError

NOT_KEPT = "{reason} The work goes on without it."


class Keeper:
    """Notes what could not be kept of one piece of work.

    Args:
        session: for messages.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._failed: set[str] = set()

    @contextmanager
    def keeping(self, name: str) -> Iterator[None]:
        """Write something inside the block; if that fails, say so the first time for this name."""
        try:
            yield
        except PasticheError as exc:
            if name not in self._failed:
                self._session.say(NOT_KEPT.format(reason=exc))
            self._failed.add(name)
