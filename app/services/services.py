"""The clients that the web talks to, built once for each app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from app.services.job_cache import JobCache
from app.services.poll_interval import PollInterval
from app.services.renditions import Renditions
from jobs.live import Live
from jobs.media import Media
from jobs.queue import TaskQueue
from jobs.sandbox import Sandbox
from jobs.settings import Settings
from jobs.store import JobStore


@dataclass(frozen=True)
class Services:
    """What a request needs: the truth, the pixels, what happens now, and the bell.

    Attributes:
        settings: the choices of whoever runs the studio.
        store: jobs and uploads in SQL.
        live: progress, previews and workers in Redis, as far as it is there.
        media: the pictures.
        queue: wakes a worker.
        sandbox: reads strangers' pictures.
        renditions: pictures in other sizes, for all who ask.
        job_cache: what they saw last.
        poll_interval: when they ask again.
    """

    settings: Settings
    store: JobStore
    live: Live
    media: Media
    queue: TaskQueue
    sandbox: Sandbox
    renditions: Renditions = field(default_factory=Renditions)
    job_cache: JobCache = field(default_factory=JobCache)
    poll_interval: PollInterval = field(default_factory=PollInterval)

    @classmethod
    def open(cls, settings: Settings) -> Services:
        """Build every client from the settings; only the database is touched."""
        return cls(
            settings=settings,
            store=JobStore.open(settings.database_url),
            live=Live.open(settings.redis_url),
            media=Media.open(settings.media_url),
            queue=TaskQueue(settings),
            sandbox=Sandbox(max_pixels=settings.max_pixels),
        )


def services() -> Services:
    """Return the clients of the app that answers this request."""
    return cast(Services, current_app.extensions["pastiche"])
