"""What a worker's child keeps from task to task, and how it gets ready while nobody waits."""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import structlog

from engine.errors import PasticheError
from engine.quiet import quiet_tensorflow
from engine.recipe import Recipe
from jobs.job import Queue
from jobs.live import Live
from jobs.media import Media
from jobs.store import JobStore
from worker.celery_app import leaving, serves, settings
from worker.draft_worker import Drafter, DraftWorker
from worker.painter import Painter

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)
_loading: list[threading.Thread] = []
_making = threading.RLock()
_idle = threading.Event()
_idle.set()


def _once(make: Callable[[], _T]) -> Callable[[], _T]:
    """Make something once, even where the thread that loads and a task ask for it at one time."""
    made = cache(make)

    @wraps(make)
    def get() -> _T:
        with _making:
            return made()

    return get


def begin_loading(**_: Any) -> None:
    """Load TensorFlow and the networks from now on, beside whatever else the child does.

    In a thread, since Celery gives up on a child that is not there within seconds.
    """
    _loading.append(threading.Thread(target=_load, name="loading", daemon=True))
    _loading[-1].start()
    if serves(Queue.LONG):
        threading.Thread(target=_try_out, name="trying", daemon=True).start()


def wait_until_loaded() -> None:
    """Wait for what was begun; two threads that both import TensorFlow could see half of it.

    Drafts wait for it first of all. A painting is taken up and its pictures are fetched meanwhile.
    """
    for thread in _loading:
        thread.join()


def begin_task(**_: Any) -> None:
    """Note that somebody may be waiting for this child."""
    _idle.clear()


def end_task(**_: Any) -> None:
    """Note that nobody is, as far as it knows."""
    _idle.set()


def _load() -> None:
    try:
        _import_quickly("tensorflow")
        # First, as it needs nothing but what ships.
        if serves(Queue.QUICK):
            draft_worker().warm_up()
        # Else this would first measure what is faster, and everybody waits for this thread.
        if serves(Queue.LONG) and painter().needs_no_trial(Recipe()):
            painter().backbone(Recipe())
    except PasticheError as exc:
        # Whoever needs what is missing is told so.
        _log.warning("not everything could be loaded beforehand", reason=str(exc))
    except Exception:
        _log.exception("not everything could be loaded beforehand")


def _try_out() -> None:
    """Measure, as long as nobody waits, which numbers are faster here and what painting costs."""
    wait_until_loaded()
    try:
        while _idle.wait() and not leaving():
            painter().backbone(Recipe())
            if painter().try_out(given_up=lambda: leaving() or not _idle.is_set()):
                return
    except PasticheError as exc:
        _log.warning("it could not be tried out what painting costs here", reason=str(exc))
    except Exception:
        _log.exception("it could not be tried out what painting costs here")


def _import_quickly(name: str) -> None:
    """Import what makes a hundred thousand objects that stay, without looking through them on the way."""
    gc.disable()
    try:
        with quiet_tensorflow():
            importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@_once
def store() -> JobStore:
    """Return this child's connection to the truth."""
    return JobStore.open(settings.database_url)


@_once
def live() -> Live:
    """Return this child's connection to what is happening now."""
    return Live.open(settings.redis_url)


@_once
def media() -> Media:
    """Return the place of the pictures."""
    return Media.open(settings.media_url)


@_once
def painter() -> Painter:
    """Return this child's easel, which keeps its network from job to job."""
    between = draft_worker().draft_between_steps if serves(Queue.QUICK) else None
    return Painter(
        settings,
        store(),
        live(),
        media(),
        leaving=leaving,
        between_steps=between,
        wait_until_loaded=wait_until_loaded,
    )


@_once
def draft_worker() -> DraftWorker:
    """Return this child's draftsman, who keeps networks and pictures from draft to draft."""
    return DraftWorker(
        live(), media(), drafter=_load_drafter, feedforward_styles=lambda: painter().feedforward_styles
    )


def leaving_between_drafts() -> bool:
    """Say whether this worker was asked to end, once nobody waits for a draft; for what takes long."""
    if serves(Queue.QUICK):
        draft_worker().draft_between_steps()
    return leaving()


def _load_drafter() -> Drafter:
    from engine.feedforward.draft import Drafter as EngineDrafter  # noqa: PLC0415  (TensorFlow, in the child only)

    return EngineDrafter.load()
