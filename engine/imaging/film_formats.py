"""The formats of a film, and the limits of the snapshots that it is made from."""

from __future__ import annotations

from typing import Literal, get_args

FilmFormat = Literal["mp4", "gif", "webp"]
FILM_FORMATS: tuple[FilmFormat, ...] = get_args(FilmFormat)
FILM_TYPES: dict[str, str] = {"mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp"}

MAX_SNAPSHOTS = 60
"""The most snapshots kept of one painting, spread evenly over the work."""
SNAPSHOT_SIDE = 640
"""The longer side of a snapshot, in pixels."""
