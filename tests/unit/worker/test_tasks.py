"""The tasks' loop: paint while any job waits, and no longer than Celery may be kept waiting."""

import threading
import time
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from engine.errors import WeightsError
from jobs.job import Queue
from jobs.queue import DRAFT_TASK, TASK
from worker import celery_app, child, tasks


class Painter:
    """One before which so many jobs wait."""

    def __init__(self, waiting):
        self.waiting = waiting
        self.workers = []

    def paint_next(self, worker):
        self.workers.append(worker)
        self.waiting -= 1
        return self.waiting >= 0


@pytest.fixture
def painter(monkeypatch):
    painter = Painter(3)
    monkeypatch.setattr(child, "painter", lambda: painter)
    yield painter
    celery_app._leaving[0] = 0


def test_one_call_paints_all_that_waits(painter):
    tasks.paint_next(Queue.QUICK)
    assert len(painter.workers) == 4
    assert {worker.queue for worker in painter.workers} == {Queue.QUICK}


def test_now_and_then_celery_gets_its_turn(painter):
    painter.waiting = 1000
    tasks.paint_next()
    assert len(painter.workers) == tasks.MOST_IN_A_ROW


def test_a_worker_that_leaves_claims_no_more(painter):
    celery_app._tell_children()
    tasks.paint_next()
    assert painter.workers == []


def test_drafts_wait_for_what_is_being_loaded(monkeypatch):
    order = []
    monkeypatch.setattr(child, "_loading", [SimpleNamespace(join=lambda: order.append("loaded"))])
    monkeypatch.setattr(
        child, "draft_worker", lambda: SimpleNamespace(draft_waiting=lambda: order.append("drafts"))
    )
    tasks.draft()
    assert order == ["loaded", "drafts"]


def test_two_threads_that_ask_at_once_get_the_same():
    asked, made = threading.Barrier(2), []
    get = child._once(lambda: made.append(time.sleep(0.05)) or object())

    def ask(found):
        asked.wait()
        found.append(get())

    found = []
    threads = [threading.Thread(target=ask, args=[found]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found[0] is found[1]


def test_a_killed_child_is_missed_soon():
    timers = []
    hub = SimpleNamespace(call_repeatedly=lambda seconds, act: timers.append((seconds, act)))
    pool = SimpleNamespace(maintain_pool=object())
    celery_app._replace_the_dead_soon(SimpleNamespace(hub=hub, pool=pool))
    assert timers == [(celery_app.CHILD_CHECK_S, pool.maintain_pool)]


def test_a_draft_is_made_for_whoever_waits(monkeypatch):
    made = []
    monkeypatch.setattr(child, "draft_worker", lambda: SimpleNamespace(draft_waiting=lambda: made.append(1)))
    tasks.draft()
    assert made == [1]


def test_the_calls_are_known_by_the_names_that_the_web_uses():
    assert {TASK, DRAFT_TASK} <= celery_app.app.tasks.keys()


def test_a_child_is_not_replaced_for_having_heard_calls_or_painted_something_large():
    conf = celery_app.app.conf
    assert conf.worker_max_tasks_per_child is None
    assert conf.worker_max_memory_per_child is None


@pytest.mark.parametrize("settled", [True, False])
def test_a_child_opens_its_network_beforehand_where_nothing_has_to_be_measured(monkeypatch, settled):
    opened = []
    painter = SimpleNamespace(
        needs_no_trial=lambda recipe: settled, backbone=lambda recipe: opened.append("network")
    )
    monkeypatch.setattr(child, "_import_quickly", opened.append)
    monkeypatch.setattr(child, "serves", lambda kind: True)
    monkeypatch.setattr(child, "painter", lambda: painter)
    drafts = SimpleNamespace(warm_up=lambda: opened.append("drafts"))
    monkeypatch.setattr(child, "draft_worker", lambda: drafts)
    child._load()
    assert opened == ["tensorflow", "drafts", "network"][: 3 if settled else 2]


class Trial:
    """An easel that is asked what painting costs, and somebody who comes that often meanwhile."""

    def __init__(self, comes=0):
        self.comes = comes
        self.told = []

    def backbone(self, recipe):
        self.told.append("opened")

    def try_out(self, given_up):
        if self.comes:
            self.comes -= 1
            child.begin_task()
        gives_up = given_up()
        self.told.append("given up" if gives_up else "measured")
        if gives_up:
            threading.Timer(0.05, child.end_task).start()
        return not gives_up


@pytest.fixture
def on_trial(monkeypatch):
    def on_trial(trial):
        monkeypatch.setattr(child, "painter", lambda: trial)
        monkeypatch.setattr(child, "_loading", [])
        return trial

    yield on_trial
    child.end_task()
    celery_app._leaving[0] = 0


def test_what_painting_costs_is_measured_once_nobody_waits(on_trial):
    trial = on_trial(Trial())
    child.begin_task()
    thread = threading.Thread(target=child._try_out)
    thread.start()
    thread.join(0.1)
    assert trial.told == [], "somebody waits for this child"
    child.end_task()
    thread.join(10)
    assert trial.told == ["opened", "measured"]


def test_whoever_comes_meanwhile_goes_first(on_trial):
    trial = on_trial(Trial(comes=1))
    child._try_out()
    assert trial.told == ["opened", "given up", "opened", "measured"]


def test_a_child_that_leaves_measures_nothing(on_trial):
    trial = on_trial(Trial())
    celery_app._tell_children()
    child._try_out()
    assert trial.told == []


def test_what_cannot_be_measured_is_only_logged(on_trial, monkeypatch):
    trial = on_trial(Trial())
    for problem in (WeightsError("no weights"), RuntimeError("unforeseen")):
        monkeypatch.setattr(trial, "try_out", Mock(side_effect=problem))
        child._try_out()
        trial.try_out.assert_called_once()


def test_during_a_task_somebody_waits(monkeypatch):
    idle = []
    draft_worker = SimpleNamespace(draft_waiting=lambda: idle.append(child._idle.is_set()))
    monkeypatch.setattr(child, "draft_worker", lambda: draft_worker)
    tasks.draft.apply()
    assert idle == [False]
    assert child._idle.is_set()


def test_a_network_that_is_missing_does_not_keep_drafts_from_getting_ready(monkeypatch):
    opened = []

    def missing(recipe):
        raise WeightsError("Not there.")

    monkeypatch.setattr(child, "_import_quickly", lambda name: None)
    monkeypatch.setattr(child, "serves", lambda kind: True)
    monkeypatch.setattr(child, "painter", lambda: SimpleNamespace(needs_no_trial=missing))
    drafts = SimpleNamespace(warm_up=lambda: opened.append("drafts"))
    monkeypatch.setattr(child, "draft_worker", lambda: drafts)
    child._load()
    assert opened == ["drafts"]
