"""How much more may be kept: by the budget that was set, and by the disk."""

from __future__ import annotations

from jobs.media import FolderMedia, Media
from jobs.settings import Settings
from jobs.store import JobStore

_SHORT = 0.1


def free_bytes(store: JobStore, media: Media, settings: Settings) -> int | None:
    """Return the smaller of what is left of the budget and of the disk; None where nothing bounds it.

    What must stay free on the disk does not count, so it may be less than 0.
    """
    left = []
    if settings.media_budget_bytes:
        left.append(settings.media_budget_bytes - store.bytes_kept())
    if isinstance(media, FolderMedia):
        left.append(media.disk_free() - settings.min_free_bytes)
    return min(left, default=None)


def is_low(free: int | None, settings: Settings) -> bool:
    """Say whether to warn: less is left than a tenth of the budget, or than what must stay free."""
    if free is None:
        return False
    return free < max(_SHORT * settings.media_budget_bytes, settings.min_free_bytes)
