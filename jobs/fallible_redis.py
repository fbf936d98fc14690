"""A connection to Redis, which may be away at any moment and is then not waited for again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar, cast

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

T = TypeVar("T")

_PAUSE_S = 2.0

_log = structlog.get_logger(__name__)


def connect(redis_url: str, timeout_s: float = 1.0) -> Redis:
    """Make a client that gives up within seconds; it connects when it is first used.

    Each client that a page uses may wait for a silent Redis once, and a page
    that takes an order should still answer within three seconds.
    """
    return Redis.from_url(
        redis_url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=15,
        # Retry at once when a connection was closed while idle, but not when the server is silent.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        retry_on_error=[RedisConnectionError],
    )


class FallibleRedis:
    """A Redis that may be away: each request then returns a default.

    Args:
        redis: see `connect`.
        clock: monotonic seconds, for tests.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._away_until = 0.0
        self._away = False

    def ping(self) -> bool:
        """Return whether Redis answers."""
        return bool(self._try(self._redis.ping, False))

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()

    def _get(self, key: str) -> bytes | None:
        return self._try(lambda: cast("bytes | None", self._redis.get(key)), None)

    def _try(self, act: Callable[[], T], default: T) -> T:
        if self._clock() < self._away_until:
            return default
        try:
            answer = act()
        except (RedisError, OSError) as exc:
            if not self._away:
                _log.warning("redis is away", error=str(exc))
            self._away = True
            # Otherwise each request of a page would wait for the same silence.
            self._away_until = self._clock() + _PAUSE_S
            return default
        if self._away:
            _log.info("redis is back")
        self._away = False
        return answer
