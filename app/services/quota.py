"""Limits on stored pictures: per visitor, and for the studio as a whole."""

from __future__ import annotations

from flask import g

from app.services.services import Services
from app.wording import quota_full
from engine.errors import ImageError
from jobs import disk_space
from jobs.media import FullError


def require_space(services: Services, owner: str) -> None:
    """Refuse to store another picture if there is no space left.

    Raises:
        ImageError: its owner has reached the quota of a visitor.
        FullError: the studio has reached its budget, or its disk is nearly full.
    """
    if services.store.owners.bytes_kept(owner) >= services.settings.visitor_quota_bytes:
        g.rejected = "quota"
        raise ImageError(quota_full(services.settings.visitor_quota_bytes), code="quota")
    free = free_bytes(services)
    if free is not None and free <= 0:
        g.rejected = "full"
        raise FullError("The studio's storage for pictures is full.", code="budget")


def free_bytes(services: Services) -> int | None:
    """Return how many more bytes may be stored, or None if there is no limit."""
    return disk_space.free_bytes(services.store, services.media, services.settings)
