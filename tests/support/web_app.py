"""A web process's application without a Redis, for tests that break what reaches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from app import create_app
from jobs.settings import Settings
from jobs.store import migrate


@contextmanager
def app_without_redis(data: Path, **settings: str) -> Iterator[Flask]:
    """Open the application on a new database in `data`, with request limits lifted, and close it again."""
    environ = {"PASTICHE_DATA": str(data), "REDIS_URL": f"unix://{data}/no.sock", "RATE_LIMITS": "off"}
    chosen = Settings.from_env(environ | settings)
    migrate(chosen.database_url)
    app = create_app(chosen)
    yield app
    here = app.extensions["pastiche"]
    for part in (here.store, here.live, here.queue, here.sandbox):
        part.close()
