"""The Celery instance and its process model.

    python -m celery -A worker.celery_app worker --pool prefork --concurrency 1 --queues long

A message is a wake-up call and no job, so it is acknowledged before it is
acted upon; recovery is by the leases in SQL. SIGTERM is Celery's warm
shutdown: no more calls are taken, and the child, which is told at once, hands
its painting over at its next step and ends.
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
from worker.background_tasks import BackgroundTasks
from worker.presence import Presence

CHILD_CHECK_S = 0.5
"""How often a worker looks whether its child is dead, besides when it seems to be."""

settings = Settings.from_env()

app = Celery("pastiche", broker=broker_url(settings.redis_url), include=["worker.tasks"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    # A child is kept for good, since a new one lets whoever comes next wait for TensorFlow and the networks.
    # Celery could bound its calls, most of which find nothing to do, or its memory, of which it sees the
    # peak alone: one print would replace it each time. Over hundreds of paintings and drafts a child was
    # seen not to grow; and if one is killed for its memory after all, its painting goes on in the next.
    worker_max_tasks_per_child=None,
    worker_max_memory_per_child=None,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT_OPTIONS,
)

# One byte that the main process shares with its children: no lock that a killed one could leave held.
_leaving = mmap.mmap(-1, 1)


def leaving() -> bool:
    """Say whether this worker was asked to end."""
    return _leaving[0] != 0


def serves(queue: Queue) -> bool:
    """Say whether this worker, or the one whose child this is, hears the calls of a queue."""
    return queue in app.amqp.queues.consume_from


def _hear_former_names(instance: Any, **_: Any) -> None:
    # Calls that release 1.0 left in Redis wait under the names that it had for the queues.
    for queue in filter(serves, Queue):
        instance.app.amqp.queues.select_add(queue.former_name)


def _tell_children(**_: Any) -> None:
    _leaving[0] = 1


def _configure_logs(**_: Any) -> None:
    logs.configure(json_lines=settings.log_json)


_presence = Presence(settings)


def _look_around(**_: Any) -> None:
    # Before the children are made: a thread that is inside HDF5 while they are could leave them its lock.
    _presence.look()


def _announce(sender: Any, **_: Any) -> None:
    for queue in filter(serves, Queue):
        _presence.announce(worker_id=sender.hostname, queue=queue)
    if serves(Queue.LONG):
        BackgroundTasks(Live.open(settings.redis_url)).watch()


def _replace_the_dead_soon(sender: Any, **_: Any) -> None:
    # Celery looks when a child's pipes close, where a killed one that gives back much memory may
    # not be dead yet, and then only every five seconds.
    sender.hub.call_repeatedly(CHILD_CHECK_S, sender.pool.maintain_pool)


celeryd_after_setup.connect(_hear_former_names)
worker_shutting_down.connect(_tell_children)
setup_logging.connect(_configure_logs)
worker_init.connect(_look_around)
worker_ready.connect(_announce)
worker_ready.connect(_replace_the_dead_soon)
