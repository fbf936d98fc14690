"""The registry of how kinds of jobs are made."""

from jobs.job import PAINT_TASK
from jobs.kinds import KINDS
from worker import celery_app, tasks
from worker.kinds import ATTEMPTS


def test_each_kind_that_is_claimed_has_an_attempt():
    assert ATTEMPTS.keys() == {kind for kind in KINDS.values() if kind.task == PAINT_TASK}


def test_each_kind_has_a_task():
    assert tasks.__name__ in {kind.task.rpartition(".")[0] for kind in KINDS.values()}
    assert {kind.task for kind in KINDS.values()} <= celery_app.app.tasks.keys()
