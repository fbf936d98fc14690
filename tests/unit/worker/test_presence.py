"""What the worker's main process does again and again, and that nothing ends it."""

import errno
import os
import threading
from types import SimpleNamespace

import pytest

from engine.backbones import weights
from engine.errors import WeightsError
from jobs.job import Queue
from jobs.settings import Settings
from tests.support.refusals import refused
from worker import background_tasks, presence
from worker.background_tasks import BackgroundTasks
from worker.periodic import repeat
from worker.presence import Presence

PATIENCE_S = 5


class Rounds:
    """Fails in the first round, is seen in the second, and stands still from then on."""

    def __init__(self):
        self.made, self.second = 0, threading.Event()

    def __call__(self, *_):
        self.made += 1
        if self.made == 1:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked")
        self.second.set()
        threading.Event().wait()


@pytest.fixture
def rounds():
    return Rounds()


@pytest.fixture
def worker(tmp_path):
    return Presence(Settings.from_env({"PASTICHE_DATA": str(tmp_path)}))


def test_an_error_costs_one_round_and_is_logged(rounds, monkeypatch):
    logged = []
    note = lambda event, **more: logged.append((event, more))  # noqa: E731
    monkeypatch.setattr("worker.periodic._log", SimpleNamespace(exception=note))
    repeat(rounds, every_s=0.001, name="rounds")
    assert rounds.second.wait(PATIENCE_S)
    ((_, facts),) = logged
    assert facts == {"thread": "rounds"}


def test_an_error_does_not_end_the_announcing(worker, rounds, monkeypatch):
    monkeypatch.setattr(presence, "INTERVAL_S", 0.001)
    monkeypatch.setattr(worker, "look", rounds)
    worker.announce(worker_id="paint@here", queue=Queue.LONG)
    assert rounds.second.wait(PATIENCE_S)


def test_an_error_does_not_end_the_errands(rounds, monkeypatch):
    monkeypatch.setattr(background_tasks, "INTERVAL_S", 0.001)
    BackgroundTasks(SimpleNamespace(fetching=rounds)).watch()
    assert rounds.second.wait(PATIENCE_S)


def test_a_folder_that_cannot_be_read_is_announced(worker, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked/vgg19.h5")

    monkeypatch.setattr(weights, "locate_vgg19", refuse)
    worker.look()
    note = worker.note("paint@here", Queue.LONG)
    assert note.backbone is None
    with refused(WeightsError, "weights-unreadable", "/locked/vgg19.h5") as refusal:
        weights.resolve("auto")
    assert note.problem == str(refusal.value)
