"""The clients that the web uses, built once per app."""

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
    """The clients and caches that requests share.

    Attributes:
        settings: the configuration of the studio.
        store: jobs and uploads in SQL.
        live: progress, previews and workers, in Redis while it is available.
        media: the picture files.
        queue: wakes workers.
        sandbox: decodes untrusted pictures.
        renditions: pictures in other sizes and formats.
        job_cache: recently polled jobs.
        poll_interval: how often pages poll.
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
        """Build every client from the settings; this connects to the database only."""
        return cls(
            settings=settings,
            store=JobStore.open(settings.database_url),
            live=Live.open(settings.redis_url),
            media=Media.open(settings.media_url),
            queue=TaskQueue(settings),
            sandbox=Sandbox(max_pixels=settings.max_pixels),
        )


def current_services() -> Services:
    """Return the services of the app that handles the current request."""
    return cast(Services, current_app.extensions["pastiche"])
