"""Refuses what there is no room for: of one visitor's, and in all."""

from __future__ import annotations

from flask import g

from app.services.services import Services
from app.wording import quota_full
from engine.errors import ImageError
from jobs import disk_space
from jobs.media import FullError


def require_room(here: Services, owner: str) -> None:
    """Refuse a picture for which there is no room.

    Raises:
        ImageError: its owner has as much here as one may have.
        FullError: the studio has as much as it may have, or its disk is nearly full.
    """
    if here.store.bytes_kept(owner) >= here.settings.visitor_quota_bytes:
        g.rejected = "quota"
        raise ImageError(quota_full(here.settings.visitor_quota_bytes), code="quota")
    free = free_bytes(here)
    if free is not None and free <= 0:
        g.rejected = "full"
        raise FullError("The studio has as many pictures as it may keep.", code="budget")


def free_bytes(here: Services) -> int | None:
    """Return how much more may be kept, or None where nothing bounds it."""
    return disk_space.free_bytes(here.store, here.media, here.settings)
