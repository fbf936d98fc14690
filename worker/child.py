"""What a worker's child keeps from task to task, and how it loads it before the first task comes."""

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
from worker.attempt import AttemptContext
from worker.calibration import calibrate
from worker.celery_app import is_serving, is_shutting_down, settings
from worker.draft_worker import Drafter, DraftWorker
from worker.networks import Networks
from worker.painter import Painter

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)
_loading: list[threading.Thread] = []
_making = threading.RLock()
_idle = threading.Event()
_idle.set()


def _once(make: Callable[[], _T]) -> Callable[[], _T]:
    """Make something once, even if the thread that loads and a task ask for it at the same time."""
    made = cache(make)

    @wraps(make)
    def get() -> _T:
        with _making:
            return made()

    return get


def begin_loading(**_: Any) -> None:
    """Start loading TensorFlow and the networks in the background.

    In a thread, since Celery gives up on a child that is not ready within seconds.
    """
    _loading.append(threading.Thread(target=_load, name="loading", daemon=True))
    _loading[-1].start()
    if is_serving(Queue.LONG):
        threading.Thread(target=_calibrate, name="calibrating", daemon=True).start()


def wait_until_loaded() -> None:
    """Wait until `begin_loading` is done: a second thread could import TensorFlow half loaded.

    Drafts wait for it at once; an attempt at a painting claims its job and fetches its pictures first.
    """
    for thread in _loading:
        thread.join()


def begin_task(**_: Any) -> None:
    """Note that somebody may be waiting for this child."""
    _idle.clear()


def end_task(**_: Any) -> None:
    """Note that nobody seems to be waiting any more."""
    _idle.set()


def _load() -> None:
    try:
        _import_quickly("tensorflow")
        # First, since its networks always ship with the studio.
        if is_serving(Queue.QUICK):
            draft_worker().warm_up()
        # Opening the network may begin with measuring what is faster: not while somebody may be waiting.
        if is_serving(Queue.LONG) and networks().needs_no_trial(Recipe()):
            networks().backbone(Recipe())
    except PasticheError as exc:
        # The job that needs what is missing fails with this reason.
        _log.warning("not everything could be loaded beforehand", reason=str(exc))
    except Exception:
        _log.exception("not everything could be loaded beforehand")


def _calibrate() -> None:
    """Measure which precision is faster here and what painting costs, as long as nobody waits."""
    wait_until_loaded()
    try:
        while _idle.wait() and not is_shutting_down():
            if calibrate(
                networks(), store(), is_interrupted=lambda: is_shutting_down() or not _idle.is_set()
            ):
                return
    except PasticheError as exc:
        _log.warning("what painting costs here could not be measured", reason=str(exc))
    except Exception:
        _log.exception("what painting costs here could not be measured")


def _import_quickly(name: str) -> None:
    """Import a module that makes a hundred thousand lasting objects, without collecting garbage meanwhile."""
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
def networks() -> Networks:
    """Return this child's networks, which are kept from job to job."""
    return Networks(settings)


@_once
def painter() -> Painter:
    """Return what paints this child's jobs."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return Painter(
        AttemptContext(
            store=store(),
            live=live(),
            media=media(),
            networks=networks(),
            lease_s=settings.lease_s,
            scratch=settings.data,
            is_shutting_down=is_shutting_down,
            between_steps=_draft_between_steps,
            wait_until_loaded=wait_until_loaded,
        )
    )


@_once
def draft_worker() -> DraftWorker:
    """Return what makes this child's drafts; it keeps networks and pictures from draft to draft."""
    return DraftWorker(
        live(), media(), drafter=_load_drafter, feedforward_styles=lambda: networks().feedforward_styles
    )


def draft_or_shut_down() -> bool:
    """Make the drafts that wait, in the middle of a long task; return whether the worker was asked to end."""
    _draft_between_steps()
    return is_shutting_down()


def _draft_between_steps() -> bool:
    return is_serving(Queue.QUICK) and draft_worker().draft_between_steps()


def _load_drafter() -> Drafter:
    from engine.feedforward.draft import Drafter as EngineDrafter  # noqa: PLC0415  (TensorFlow, in the child only)

    return EngineDrafter.load()
