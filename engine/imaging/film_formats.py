"""What a film may be and what it is made of, for all who keep its pictures or send it."""

from __future__ import annotations

from typing import Literal, get_args

FilmFormat = Literal["mp4", "gif", "webp"]
FILM_FORMATS: tuple[FilmFormat, ...] = get_args(FilmFormat)
FILM_TYPES: dict[str, str] = {"mp4": "video/mp4", "gif": "image/gif", "webp": "image/webp"}

MAX_SNAPSHOTS = 60
"""So many pictures on the way are kept at most, evenly over the work."""
SNAPSHOT_SIDE = 640
"""Their longer side, in pixels."""
