"""The tasks that Celery calls, all of them thin."""

from __future__ import annotations

from celery.signals import task_postrun, task_prerun, worker_process_init

from jobs.job import PAINT_TASK, Queue
from jobs.kinds import FILM
from jobs.processes import this_process
from jobs.queue import DRAFT_TASK
from worker import child
from worker.celery_app import app, is_shutting_down

MAX_JOBS_IN_A_ROW = 20
"""Then the task ends, so that a film in the same queue gets its turn."""

worker_process_init.connect(child.begin_loading)
task_prerun.connect(child.begin_task)
task_postrun.connect(child.end_task)


@app.task(name=PAINT_TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def paint_next(queue: str = Queue.LONG) -> None:
    """Paint the waiting jobs, one after the other, so that no job depends on its own call."""
    for _ in range(MAX_JOBS_IN_A_ROW):
        if is_shutting_down() or not child.painter().paint_next(this_process(Queue(queue))):
            return


@app.task(name=DRAFT_TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def draft() -> None:
    """Make the drafts that visitors wait for."""
    child.wait_until_loaded()
    child.draft_worker().draft_waiting()


@app.task(name=FILM.task)  # type: ignore[untyped-decorator]  # Celery ships no types
def film(job_id: str, format: str) -> None:
    """Make a film of how a picture was painted."""
    # Imported late, since most workers never make a film, and a killed worker should be back soon.
    from worker.film_maker import FilmMaker  # noqa: PLC0415

    FilmMaker(child.store(), child.live(), child.media(), child.draft_or_shut_down).make(job_id, format)  # type: ignore[arg-type]
