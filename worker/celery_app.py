"""The Celery instance and its process model.

    python -m celery -A worker.celery_app worker --pool prefork --concurrency 1 --queues long

A message is a wake-up call and not a job, so it is acknowledged before anything
is done; the leases in SQL take care of recovery. SIGTERM is Celery's warm
shutdown: the worker takes no more calls, and the child, which learns of it at
once, hands its painting over at the next step and ends.
"""

from __future__ import annotations

import mmap
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, setup_logging, worker_init, worker_ready, worker_shutting_down

from jobs import logs
from jobs.job import Queue
from jobs.live import Live
from jobs.queue import TRANSPORT_OPTIONS, broker_url
from jobs.settings import Settings
from worker.announcer import WorkerAnnouncer
from worker.background_tasks import BackgroundTasks

CHILD_CHECK_S = 0.5
"""How often a worker checks whether its child is dead, besides when its pipes close."""

CHILD_START_S = 60.0
"""How long a child process may take to start; Celery's default is 4 s."""

settings = Settings.from_env()

app = Celery("pastiche", broker=broker_url(settings.redis_url), include=["worker.tasks"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    # A child is never replaced, since the next visitor would wait for TensorFlow and the networks again.
    # Celery could limit its calls, but most of them find nothing to do; or its memory, but Celery sees only
    # the peak, so each print would replace the child. Over hundreds of paintings and drafts a child's memory
    # did not grow; and if one is killed for its memory after all, its painting goes on in the next.
    worker_max_tasks_per_child=None,
    worker_max_memory_per_child=None,
    # Celery kills a child that starts too slowly, as on a busy machine, and then the next one too.
    worker_proc_alive_timeout=CHILD_START_S,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT_OPTIONS,
)

# One byte that the main process shares with its children: a lock could stay held by a killed child.
_shutting_down = mmap.mmap(-1, 1)


def is_shutting_down() -> bool:
    """Return whether this worker was asked to end."""
    return _shutting_down[0] != 0


def is_serving(queue: Queue) -> bool:
    """Return whether this worker, or this child's worker, takes calls from a queue."""
    return queue in app.amqp.queues.consume_from


def _take_calls_of_release_1_0(instance: Any, **_: Any) -> None:
    # It may have left calls in Redis, in queues of other names.
    for queue in filter(is_serving, Queue):
        instance.app.amqp.queues.select_add(queue.former_name)


def _begin_shutdown(**_: Any) -> None:
    _shutting_down[0] = 1


def _configure_logs(**_: Any) -> None:
    logs.configure(json_lines=settings.log_json)


_announcer = WorkerAnnouncer(settings)


def _check_weights(**_: Any) -> None:
    # Before the children are forked: a thread inside HDF5 at that moment would leave its lock held in them.
    _announcer.check_weights()


def _start_threads(sender: Any, **_: Any) -> None:
    for queue in filter(is_serving, Queue):
        _announcer.start_announcing(worker_id=sender.hostname, queue=queue)
    if is_serving(Queue.LONG):
        BackgroundTasks(Live.open(settings.redis_url)).start_watching()


def _replace_dead_children_soon(sender: Any, **_: Any) -> None:
    # Celery checks when a child's pipes close, but a killed child that frees much memory may not be dead
    # by then; the next check would come five seconds later.
    sender.hub.call_repeatedly(CHILD_CHECK_S, sender.pool.maintain_pool)


celeryd_after_setup.connect(_take_calls_of_release_1_0)
worker_shutting_down.connect(_begin_shutdown)
setup_logging.connect(_configure_logs)
worker_init.connect(_check_weights)
worker_ready.connect(_start_threads)
worker_ready.connect(_replace_dead_children_soon)
