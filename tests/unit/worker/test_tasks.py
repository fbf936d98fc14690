"""The tasks paint while jobs wait, but do not keep Celery waiting; and how a child gets ready."""

import threading
import time
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from engine.errors import WeightsError
from jobs.job import PAINT_TASK, Queue
from jobs.queue import DRAFT_TASK
from worker import celery_app, child, tasks


class Painter:
    """A painter with some jobs to paint."""

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
    celery_app._shutting_down[0] = 0


def test_one_call_paints_all_waiting_jobs(painter):
    tasks.paint_next(Queue.QUICK)
    assert len(painter.workers) == 4
    assert {worker.queue for worker in painter.workers} == {Queue.QUICK}


def test_a_task_ends_after_a_while_even_if_jobs_wait(painter):
    painter.waiting = 1000
    tasks.paint_next()
    assert len(painter.workers) == tasks.MAX_JOBS_IN_A_ROW


def test_a_worker_that_shuts_down_claims_no_more_jobs(painter):
    celery_app._begin_shutdown()
    tasks.paint_next()
    assert painter.workers == []


def test_drafts_wait_until_everything_is_loaded(monkeypatch):
    order = []
    monkeypatch.setattr(child, "_loading", [SimpleNamespace(join=lambda: order.append("loaded"))])
    monkeypatch.setattr(
        child, "draft_worker", lambda: SimpleNamespace(draft_waiting=lambda: order.append("drafts"))
    )
    tasks.draft()
    assert order == ["loaded", "drafts"]


def test_two_threads_that_ask_at_once_get_the_same_object():
    barrier = threading.Barrier(2)
    made: list[None] = []
    get = child._once(lambda: made.append(time.sleep(0.05)) or object())

    def ask(found):
        barrier.wait()
        found.append(get())

    found: list[object] = []
    threads = [threading.Thread(target=ask, args=[found]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found[0] is found[1]


def test_a_killed_child_is_replaced_soon():
    timers = []
    hub = SimpleNamespace(call_repeatedly=lambda seconds, act: timers.append((seconds, act)))
    pool = SimpleNamespace(maintain_pool=object())
    celery_app._replace_dead_children_soon(SimpleNamespace(hub=hub, pool=pool))
    assert timers == [(celery_app.CHILD_CHECK_S, pool.maintain_pool)]


def test_the_draft_task_makes_the_waiting_drafts(monkeypatch):
    made = []
    monkeypatch.setattr(child, "draft_worker", lambda: SimpleNamespace(draft_waiting=lambda: made.append(1)))
    tasks.draft()
    assert made == [1]


def test_the_tasks_have_the_names_that_the_web_uses():
    assert {PAINT_TASK, DRAFT_TASK} <= celery_app.app.tasks.keys()


def test_a_child_is_replaced_neither_after_many_calls_nor_for_its_memory():
    conf = celery_app.app.conf
    assert conf.worker_max_tasks_per_child is None
    assert conf.worker_max_memory_per_child is None


def test_a_child_that_is_slow_to_start_is_waited_for():
    assert celery_app.app.conf.worker_proc_alive_timeout >= 30


@pytest.mark.parametrize("settled", [True, False])
def test_a_child_opens_its_network_beforehand_unless_it_has_to_measure_first(monkeypatch, settled):
    opened = []
    networks = SimpleNamespace(
        needs_no_trial=lambda recipe: settled, backbone=lambda recipe: opened.append("network")
    )
    monkeypatch.setattr(child, "_import_quickly", opened.append)
    monkeypatch.setattr(child, "is_serving", lambda queue: True)
    monkeypatch.setattr(child, "networks", lambda: networks)
    drafts = SimpleNamespace(warm_up=lambda: opened.append("drafts"))
    monkeypatch.setattr(child, "draft_worker", lambda: drafts)
    child._load()
    assert opened == ["tensorflow", "drafts", "network"][: 3 if settled else 2]


class Calibration:
    """A calibration that is interrupted by `interruptions` tasks before it succeeds."""

    def __init__(self, interruptions=0):
        self.interruptions = interruptions
        self.outcomes = []

    def __call__(self, networks, store, *, is_interrupted):
        if self.interruptions:
            self.interruptions -= 1
            child.begin_task()
        interrupted = is_interrupted()
        self.outcomes.append("interrupted" if interrupted else "measured")
        if interrupted:
            threading.Timer(0.05, child.end_task).start()
        return not interrupted


@pytest.fixture
def calibrate_with(monkeypatch):
    def calibrate_with(calibration):
        monkeypatch.setattr(child, "calibrate", calibration)
        monkeypatch.setattr(child, "networks", lambda: None)
        monkeypatch.setattr(child, "store", lambda: None)
        monkeypatch.setattr(child, "_loading", [])
        return calibration

    yield calibrate_with
    child.end_task()
    celery_app._shutting_down[0] = 0


def test_the_costs_are_measured_once_nobody_waits(calibrate_with):
    calibration = calibrate_with(Calibration())
    child.begin_task()
    thread = threading.Thread(target=child._calibrate)
    thread.start()
    thread.join(0.1)
    assert calibration.outcomes == [], "somebody waits for this child"
    child.end_task()
    thread.join(10)
    assert calibration.outcomes == ["measured"]


def test_a_task_goes_before_the_calibration(calibrate_with):
    calibration = calibrate_with(Calibration(interruptions=1))
    child._calibrate()
    assert calibration.outcomes == ["interrupted", "measured"]


def test_a_child_that_shuts_down_measures_nothing(calibrate_with):
    calibration = calibrate_with(Calibration())
    celery_app._begin_shutdown()
    child._calibrate()
    assert calibration.outcomes == []


def test_a_calibration_that_fails_is_only_logged(calibrate_with):
    for problem in (WeightsError("no weights"), RuntimeError("unforeseen")):
        calibration = calibrate_with(Mock(side_effect=problem))
        child._calibrate()
        calibration.assert_called_once()


def test_a_child_is_not_idle_during_a_task(monkeypatch):
    idle = []
    draft_worker = SimpleNamespace(draft_waiting=lambda: idle.append(child._idle.is_set()))
    monkeypatch.setattr(child, "draft_worker", lambda: draft_worker)
    tasks.draft.apply()
    assert idle == [False]
    assert child._idle.is_set()


def test_without_a_network_drafts_get_ready_all_the_same(monkeypatch):
    opened = []

    def missing(recipe):
        raise WeightsError("Not there.")

    monkeypatch.setattr(child, "_import_quickly", lambda name: None)
    monkeypatch.setattr(child, "is_serving", lambda queue: True)
    monkeypatch.setattr(child, "networks", lambda: SimpleNamespace(needs_no_trial=missing))
    drafts = SimpleNamespace(warm_up=lambda: opened.append("drafts"))
    monkeypatch.setattr(child, "draft_worker", lambda: drafts)
    child._load()
    assert opened == ["drafts"]
