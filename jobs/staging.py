"""Stores an upload once for its owner: the row first, then the file."""

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
    """Keep a normalised picture; the same one of the same owner is not stored twice.

    In this order, because a row without a file is mended by sending the
    picture again, and expires, while a file without a row is never found.

    Raises:
        MediaError: there is no room, or the place cannot be written.
    """
    upload = store.stage_upload(
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
