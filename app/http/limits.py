"""Rate limits and the limits of the queue; both say when to try again.

The counts are in Redis, so that all web processes share them. While Redis is
down, each process counts on its own. Only expensive requests are counted:
viewing pages and polling the status of a painting are free.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, g, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from app.http.errors import TryLaterError
from app.http.keys import owner_of
from app.http.security import visitor
from app.services.services import current_services
from app.wording import QUEUE_FULL, queue_full_for_one
from jobs.fallible_redis import connect
from jobs.forecast import remaining_s
from jobs.job import Queue
from jobs.settings import Settings

_PAUSE_S = 5.0


@dataclass(frozen=True)
class Allowance:
    """How often a request may be made.

    Attributes:
        visitor: the limit for one cookie or key.
        address: the limit for one network address, which many people may share.
    """

    visitor: str
    address: str


_ORDERS = Allowance("60 per minute; 600 per hour", "300 per minute")
_UPLOADS = Allowance("120 per minute; 1500 per hour", "400 per minute")
_CHANGES = Allowance("600 per minute", "3000 per minute")
_DRAFTS = Allowance("240 per minute", "1200 per minute")
_NEW_KEYS = Allowance("20 per minute", "60 per minute; 600 per hour")
_PASSWORDS = Allowance("10 per minute", "10 per minute; 60 per hour")

ORDERING = frozenset(
    {
        "paint.submit",
        "paint.try_example",
        "continuation.order",
        "continuation.order_contact_sheet",
        "continuation.paint_large",
        "api.order",
        "api.continuation",
        "api.order_contact_sheet",
        "api.paint_large",
    }
)
"""The endpoints that add a painting to the queue, whose length is limited."""

ALLOWANCES: Mapping[str, Allowance] = {
    **dict.fromkeys(ORDERING, _ORDERS),
    "paintings.upload": _UPLOADS,
    "api.upload": _UPLOADS,
    "styles.add": _UPLOADS,
    "drafts.ask": _DRAFTS,
    "api.ask_draft": _DRAFTS,
    "api.make_key": _NEW_KEYS,
    "password.enter": _PASSWORDS,
}
"""The allowances of single endpoints; all other changes share a generous one."""


class Limiter:
    """Counts requests; safe to share between threads.

    Args:
        redis_url: the Redis that holds the shared counts.
    """

    def __init__(self, redis_url: str) -> None:
        pool = connect(redis_url, timeout_s=1).connection_pool
        self._shared = _FixedWindow(RedisStorage("redis://", connection_pool=pool, key_prefix="limits"))
        self._local = _FixedWindow(MemoryStorage())
        self._down_until = 0.0

    def wait_s(self, limits: list[RateLimitItem], *who: str) -> float:
        """Count one request; return 0, or the seconds until it is allowed."""
        if time.monotonic() >= self._down_until:
            try:
                return self._shared.wait_s(limits, *who)
            except (RedisError, OSError):
                self._down_until = time.monotonic() + _PAUSE_S
        return self._local.wait_s(limits, *who)


class _FixedWindow:
    def __init__(self, storage: Storage) -> None:
        self._limiter = FixedWindowRateLimiter(storage)

    def wait_s(self, limits: list[RateLimitItem], *who: str) -> float:
        over = [limit for limit in limits if not self._limiter.hit(limit, *who)]
        return max((self._limiter.get_window_stats(item, *who)[0] - time.time() for item in over), default=0)


def configure_limits(app: Flask, settings: Settings) -> None:
    """Check every request that changes something before it is handled."""
    if settings.rate_limits:
        limiter = Limiter(settings.redis_url)
        app.before_request(lambda: _check_rate(limiter))
    app.before_request(_check_queue)


def _check_rate(limiter: Limiter) -> None:
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    allowed = ALLOWANCES.get(request.endpoint, _CHANGES)
    counted = request.endpoint if request.endpoint in ALLOWANCES else "change"
    # A visitor without a cookie is known only by the address.
    owner, address = _requesting_owner(), request.remote_addr or "nowhere"
    wait_s = limiter.wait_s(parse_many(allowed.address), counted, "address", address)
    if owner:
        wait_s = max(wait_s, limiter.wait_s(parse_many(allowed.visitor), counted, "visitor", owner))
    if wait_s > 0:
        if "upload" in request.endpoint:
            g.rejected = "too often"
        raise TryLaterError(429, "The studio cannot keep up with this many requests.", wait_s)


def _check_queue() -> None:
    if request.endpoint not in ORDERING or request.method != "POST":
        return
    services, owner = current_services(), _requesting_owner()
    if owner and services.store.owners.waiting(owner) >= services.settings.max_waiting_each:
        raise TryLaterError(429, queue_full_for_one(services.settings.max_waiting_each), _until_next_s())
    if services.store.queues.length() >= services.settings.max_waiting:
        raise TryLaterError(503, QUEUE_FULL, _until_next_s())


def _until_next_s() -> float:
    """Estimate when the next painting ends and makes room in the queue."""
    store = current_services().store
    rates = store.costs.rates()
    left = [remaining_s(job, rates) for job in store.queues.painting(Queue.LONG)]
    return min(max(min(left, default=60.0), 10.0), 3600.0)


def _requesting_owner() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return (owner_of(key.strip()) or "") if scheme.lower() == "bearer" else visitor()
