"""How much is kept: of one visitor, and in all."""

from __future__ import annotations

from flask import g

from app.studio import Studio
from app.wording import megabytes
from engine.errors import ImageError
from jobs.media import FolderMedia, FullError


def require_room(here: Studio, owner: str) -> None:
    """Refuse a picture for which there is no room.

    Raises:
        ImageError: its owner has as much here as one may have.
        FullError: the studio has as much as it may have, or its disk is nearly full.
    """
    if here.store.bytes_kept(owner) >= here.settings.visitor_quota_bytes:
        g.rejected = "quota"
        raise ImageError(
            f"Your pictures take up {megabytes(here.settings.visitor_quota_bytes)}, all that one visitor may "
            "have; delete some from the gallery to make room."
        )
    if free_bytes(here) <= 0:
        g.rejected = "full"
        raise FullError("The studio has as many pictures as it may keep.")


def free_bytes(here: Studio) -> int:
    """Return how much more may be kept: of the budget, and of the disk beside what must stay free."""
    left = 2**62
    if here.settings.media_budget_bytes:
        left = here.settings.media_budget_bytes - here.store.bytes_kept()
    if isinstance(here.media, FolderMedia):
        left = min(left, here.media.disk_free() - here.settings.min_free_bytes)
    return left
