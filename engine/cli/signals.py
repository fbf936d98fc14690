"""SIGINT (Ctrl-C), SIGTERM and SIGHUP: all three ask a command to stop, and lose nothing of its work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.cli.session import Session

STOPPING = "Stopping after this step; press Ctrl-C again to stop at once."

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class InterruptHandler:
    """Remembers whether a signal came: the current step is completed first, and with it the picture."""

    def __init__(self) -> None:
        self.interrupted = False


@contextmanager
def raising_interrupts(session: Session) -> Iterator[None]:
    """Raise KeyboardInterrupt at any of the signals inside the block, so that everything is tidied up."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        session.interrupted = True
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def interrupt_handler(session: Session) -> Iterator[InterruptHandler]:
    """Note the first signal inside the block and carry on; raise KeyboardInterrupt at the second."""
    state = InterruptHandler()

    def note(_number: int, _frame: FrameType | None) -> None:
        if state.interrupted:
            raise KeyboardInterrupt
        state.interrupted = True
        session.say(STOPPING)

    with _handling(note):
        yield state


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What nohup started is meant to outlive its terminal.
    handled = [
        number
        for number in _SIGNALS
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier if earlier is not None else signal.SIG_DFL)
