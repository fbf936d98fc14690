"""The connection to Redis: may be away at any moment, and is then not waited for again and again."""

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
    """Make a client that gives up within seconds; connects when it is first used.

    A silent Redis is waited for once by each of a page's clients, and a page that
    takes an order shall answer within three seconds all the same.
    """
    return Redis.from_url(
        redis_url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=15,
        # Once more at once for a connection that was closed while idle, but not for a silent server.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        retry_on_error=[RedisConnectionError],
    )


class FallibleRedis:
    """A Redis that may be away: what is asked of it then has an answer of its own.

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
        """Say whether Redis answers."""
        return bool(self._try(self._redis.ping, False))

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()

    def _get(self, key: str) -> bytes | None:
        return self._try(lambda: cast("bytes | None", self._redis.get(key)), None)

    def _try(self, act: Callable[[], T], otherwise: T) -> T:
        if self._clock() < self._away_until:
            return otherwise
        try:
            answer = act()
        except (RedisError, OSError) as exc:
            if not self._away:
                _log.warning("redis is away", error=str(exc))
            self._away = True
            # Else each of a page's questions would wait for the same silence.
            self._away_until = self._clock() + _PAUSE_S
            return otherwise
        if self._away:
            _log.info("redis is back")
        self._away = False
        return answer
