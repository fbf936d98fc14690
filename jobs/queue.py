"""Wakes workers. The jobs themselves wait in SQL; a message only makes a worker look there.

A lost message costs a few seconds until the janitor sends another, and a
message too many costs nothing.
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from jobs.fallible_redis import connect
from jobs.job import PAINT_TASK, Queue
from jobs.kinds import FILM
from jobs.settings import Settings

DRAFT_TASK = "worker.tasks.draft"

TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 5,
}
"""`retry_on_timeout` must not be among them: with it workers froze for good."""

_RETRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
_ERRORS = (RedisError, OperationalError, OSError)
_PAUSE_S = 2.0

_log = structlog.get_logger(__name__)


def broker_url(redis_url: str) -> str:
    """Return a Redis URL as Celery expects it, which differs for sockets."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://").replace("?db=", "?virtual_host=")
    return redis_url


class TaskQueue:
    """Publishes wake-up calls; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings.redis_url, timeout_s=0.8)
        self._celery = Celery("pastiche", broker=broker_url(settings.redis_url), set_as_current=False)
        self._celery.conf.update(
            broker_transport_options=TRANSPORT_OPTIONS | {"socket_timeout": 2, "socket_connect_timeout": 1},
            broker_connection_timeout=1,
            task_ignore_result=True,
            task_publish_retry_policy=_RETRY_ONCE,
        )
        self._away_until = 0.0

    def wake(self, queue: Queue = Queue.LONG) -> bool:
        """Call a worker of this queue; False if Redis is away, and then the janitor calls later."""
        return self._call(PAINT_TASK, queue, [queue])

    def wake_draft_worker(self) -> bool:
        """Call the worker that makes drafts; False if Redis is away."""
        return self._call(DRAFT_TASK, Queue.QUICK, [])

    def wake_film_maker(self, job_id: str, format: str) -> bool:
        """Call a worker to make a film in a format; False if Redis is away."""
        return self._call(FILM.task, Queue.QUICK, [job_id, format])

    def _call(self, task: str, queue: Queue, arguments: list[str]) -> bool:
        if time.monotonic() < self._away_until:
            return False
        try:
            # A ping fails within a second when Redis is silent, while publishing would wait for longer.
            self._redis.ping()
            self._celery.send_task(task, args=arguments, queue=queue)
        except _ERRORS as exc:
            self._away_until = time.monotonic() + _PAUSE_S
            _log.warning("no worker could be woken", queue=queue, error=str(exc))
            return False
        return True

    def calls(self, queue: Queue = Queue.LONG) -> int | None:
        """Count the calls that no worker has taken yet; None if Redis is away."""
        try:
            return int(self._redis.llen(queue))
        except _ERRORS:
            return None

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._celery.close()
