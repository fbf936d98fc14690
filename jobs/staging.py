"""Stores an uploaded picture once for its owner: first the row, then the file."""

from __future__ import annotations

import hashlib

from jobs.job import Upload
from jobs.media import Media
from jobs.store import JobStore


def stage(
    store: JobStore,
    media: Media,
    data: bytes,
    *,
    owner: str,
    role: str,
    name: str,
    width: int,
    height: int,
    suffix: str,
    expiry_s: float,
) -> Upload:
    """Store a sanitized picture; the same picture of the same owner is not stored twice.

    The row comes first: a row without a file is repaired when the picture is
    sent again, and expires, while a file without a row would never be found.

    Raises:
        MediaError: there is no space, or the media cannot be written.
    """
    upload = store.uploads.stage(
        owner=owner,
        sha256=hashlib.sha256(data).hexdigest(),
        role=role,
        name=name,
        width=width,
        height=height,
        bytes=len(data),
        suffix=suffix,
        expiry_s=expiry_s,
    )
    if not media.exists(upload.key):
        media.put(upload.key, data)
    return upload
