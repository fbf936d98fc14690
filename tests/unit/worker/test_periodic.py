"""What the worker's main process does again and again, and that no error ends it."""

import errno
import os
import threading
from types import SimpleNamespace
from typing import cast

import pytest

from engine.backbones import weights
from engine.errors import WeightsError
from jobs.job import Queue
from jobs.live import Live
from jobs.settings import Settings
from tests.support.refusals import refused
from worker import announcer, background_tasks
from worker.announcer import WorkerAnnouncer
from worker.background_tasks import BackgroundTasks
from worker.periodic import start_periodic_thread

PATIENCE_S = 5


class FailsOnce:
    """Raises at the first call, sets an event at the second, and then blocks."""

    def __init__(self):
        self.count, self.called_again = 0, threading.Event()

    def __call__(self, *_):
        self.count += 1
        if self.count == 1:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked")
        self.called_again.set()
        threading.Event().wait()


@pytest.fixture
def fails_once():
    return FailsOnce()


@pytest.fixture
def worker(tmp_path):
    return WorkerAnnouncer(Settings.from_env({"PASTICHE_DATA": str(tmp_path)}))


def test_an_error_ends_one_call_only_and_is_logged(fails_once, monkeypatch):
    logged = []
    note = lambda event, **more: logged.append((event, more))  # noqa: E731
    monkeypatch.setattr("worker.periodic._log", SimpleNamespace(exception=note))
    start_periodic_thread(fails_once, every_s=0.001, name="test")
    assert fails_once.called_again.wait(PATIENCE_S)
    ((_, facts),) = logged
    assert facts == {"thread": "test"}


def test_an_error_does_not_end_the_announcements(worker, fails_once, monkeypatch):
    monkeypatch.setattr(announcer, "INTERVAL_S", 0.001)
    monkeypatch.setattr(worker, "check_weights", fails_once)
    worker.start_announcing(worker_id="paint@here", queue=Queue.LONG)
    assert fails_once.called_again.wait(PATIENCE_S)


def test_an_error_does_not_end_the_background_tasks(fails_once, monkeypatch):
    monkeypatch.setattr(background_tasks, "INTERVAL_S", 0.001)
    BackgroundTasks(cast(Live, SimpleNamespace(fetching=fails_once))).start_watching()
    assert fails_once.called_again.wait(PATIENCE_S)


def test_a_folder_that_cannot_be_read_is_announced(worker, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked/vgg19.h5")

    monkeypatch.setattr(weights, "locate_vgg19", refuse)
    worker.check_weights()
    note = worker.note("paint@here", Queue.LONG)
    assert note.backbone is None
    with refused(WeightsError, "weights-unreadable", "/locked/vgg19.h5") as refusal:
        weights.resolve("auto")
    assert note.problem == str(refusal.value)
