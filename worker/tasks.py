"""What a call wakes: thin tasks."""

from __future__ import annotations

from celery.signals import task_postrun, task_prerun, worker_process_init

from jobs.job import Queue
from jobs.processes import this_process
from jobs.queue import DRAFT_TASK, FILM_TASK, TASK
from worker import child
from worker.celery_app import app, leaving

MOST_IN_A_ROW = 20
"""Then the task ends, so that a film that waits in the same queue gets its turn."""

worker_process_init.connect(child.begin_loading)
task_prerun.connect(child.begin_task)
task_postrun.connect(child.end_task)


@app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def paint_next(queue: str = Queue.LONG) -> None:
    """Paint the jobs whose turn it is while any wait, so that none depends on a call of its own."""
    for _ in range(MOST_IN_A_ROW):
        if leaving() or not child.painter().paint_next(this_process(Queue(queue))):
            return


@app.task(name=DRAFT_TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def draft() -> None:
    """Draft for whoever waits."""
    child.wait_until_loaded()
    child.draft_worker().draft_waiting()


@app.task(name=FILM_TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def film(job_id: str, format: str) -> None:
    """Make a film of how a picture was painted."""
    # Here, since most workers never make one, and one that was killed shall be back soon.
    from worker.film_maker import FilmMaker  # noqa: PLC0415

    FilmMaker(child.store(), child.live(), child.media(), child.leaving_between_drafts).make(job_id, format)  # type: ignore[arg-type]
