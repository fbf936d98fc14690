"""How much more can be kept, by the budget in the settings and by the disk."""

from __future__ import annotations

from jobs.media import FolderMedia, Media
from jobs.settings import Settings
from jobs.store import JobStore

_LOW_SHARE = 0.1


def free_bytes(store: JobStore, media: Media, settings: Settings) -> int | None:
    """Return the smaller of what is left of the budget and on the disk; None if neither is limited.

    Space that must stay free on the disk does not count, so it may be negative.
    """
    left = []
    if settings.media_budget_bytes:
        left.append(settings.media_budget_bytes - store.owners.bytes_kept())
    if isinstance(media, FolderMedia):
        left.append(media.disk_free() - settings.min_free_bytes)
    return min(left, default=None)


def is_low(free: int | None, settings: Settings) -> bool:
    """Return whether less is left than a tenth of the budget, or than what must stay free on the disk."""
    if free is None:
        return False
    return free < max(_LOW_SHARE * settings.media_budget_bytes, settings.min_free_bytes)
