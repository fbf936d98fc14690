"""The clients that the web talks to, built once for each app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from app.services.job_cache import Glances
from app.services.poll_interval import Pacing
from app.services.renditions import Renditions
from jobs.live import Live
from jobs.media import Media
from jobs.queue import Queue
from jobs.sandbox import Gate
from jobs.settings import Settings
from jobs.store import JobStore


@dataclass(frozen=True)
class Studio:
    """What a request needs: the truth, the pixels, what happens now, and the bell.

    Attributes:
        settings: the choices of whoever runs the studio.
        store: jobs and uploads in SQL.
        live: progress, previews and workers in Redis, as far as it is there.
        media: the pictures.
        queue: wakes a worker.
        gate: reads strangers' pictures.
        renditions: pictures in other sizes, for all who ask.
        glances: what they saw last.
        pacing: when they ask again.
    """

    settings: Settings
    store: JobStore
    live: Live
    media: Media
    queue: Queue
    gate: Gate
    renditions: Renditions = field(default_factory=Renditions)
    glances: Glances = field(default_factory=Glances)
    pacing: Pacing = field(default_factory=Pacing)

    @classmethod
    def open(cls, settings: Settings) -> Studio:
        """Build every client from the settings; only the database is touched."""
        return cls(
            settings=settings,
            store=JobStore.open(settings.database_url),
            live=Live.open(settings.redis_url),
            media=Media.open(settings.media_url),
            queue=Queue(settings),
            gate=Gate(max_pixels=settings.max_pixels),
        )


def studio() -> Studio:
    """Return the clients of the app that answers this request."""
    return cast(Studio, current_app.extensions["pastiche"])
