"""The size of the pages, and the response time of a gallery with 5,000 pictures.

`python -m benchmarks.pages` fills a temporary database, requests each page from
the application directly, without a network, and prints a table.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert

from app import create_app
from engine.recipe import Recipe
from jobs.settings import Settings
from jobs.store import JobStore
from jobs.store.tables import job_styles, jobs, labels, uploads

OWNER = "a" * 32
PICTURES = 5000
REPEATS = 40
PAGES = ("/", "/gallery", "/about", "/api", "/styles", "/gallery/link", f"/paintings/{0:032x}", "/compare")
QUERIES = {
    "gallery, first page": "/gallery",
    "gallery, page in the middle": None,
    "search, one word": "/gallery?q=wave",
    "search, two words and a rating": "/gallery?q=cat+wave&rating=3",
    "search, nothing found": "/gallery?q=zebra",
    "filter by style": "/gallery?style=great_wave.jpg",
    "filter by date": "/gallery?since=2026-01-01&until=2026-02-01",
}
STYLES = ("great_wave.jpg", "starry_night.jpg", "the_scream.jpg", "composition_vii.jpg")
PHOTOS = ("cat", "harbour", "grandmother", "bicycle", "garden")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {"PASTICHE_DATA": folder, "REDIS_URL": f"unix://{folder}/none.sock", "RATE_LIMITS": "off"}
        settings = Settings.from_env(environ)
        store = JobStore.open(settings.database_url, migrate=True)
        with store.engine.begin() as connection:
            fill(connection, PICTURES)
        app = create_app(settings)
        client = visitor(app)
        print_sizes(client)
        print_times(client, store)


def fill(connection: Connection, count: int) -> None:
    """Insert finished pictures with labels, four styles and five photos."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    common = {"owner": OWNER, "width": 600, "height": 400, "bytes": 9, "created_at": at}
    pictures = [("content", name) for name in PHOTOS] + [("style", name) for name in STYLES]
    rows = [
        common
        | {
            "id": f"{place:032x}",
            "sha256": str(place),
            "role": role,
            "name": name,
            "key": f"uploads/{place}.png",
        }
        | {"expires_at": at + timedelta(days=9999)}
        for place, (role, name) in enumerate(pictures)
    ]
    connection.execute(insert(uploads), rows)
    recipe = json.dumps(Recipe().to_dict())
    paintings = [
        common
        | {"id": f"{n:032x}", "status": "finished", "queue": "long", "recipe": recipe, "position": n}
        | {"title": f"{PHOTOS[n % 5]} {n}, after {STYLES[n % 4]}", "content_id": f"{n % 5:032x}"}
        | {"finished_at": at - timedelta(hours=n), "result_key": "r.png", "thumbnail_key": "t.webp"}
        | {"backbone": "vgg19", "tones": "8a79b6c5d"[:9] * 3, "order_token": str(n)}
        for n in range(count)
    ]
    connection.execute(insert(jobs), paintings)
    styles = [{"job_id": f"{n:032x}", "place": 0, "upload_id": f"{5 + n % 4:032x}"} for n in range(count)]
    connection.execute(insert(job_styles), styles)
    rated = [{"job_id": f"{n:032x}", "rating": 1 + n % 5, "note": f"note {n}"} for n in range(0, count, 3)]
    connection.execute(insert(labels), rated)


def visitor(app: Flask) -> FlaskClient:
    """Return a client that owns the gallery."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["owner"] = OWNER
    return client


def print_sizes(client: FlaskClient) -> None:
    """Print the compressed size of each page, without its pictures."""
    compressed = {"Accept-Encoding": "gzip"}
    print(f"{'page':44} {'page':>7} {'styles':>7} {'scripts':>8} {'font':>7} {'total':>7}   KB compressed")
    for path in PAGES:
        answer = client.get(path, headers=compressed, follow_redirects=True)
        html = client.get(path, follow_redirects=True).text
        links = {
            "styles": re.findall(r'<link rel="stylesheet" href="([^"]+)"', html),
            "scripts": re.findall(r'<script [^>]*src="([^"]+)"', html)
            + re.findall(r'data-masks="([^"]+)"', html),
            "font": re.findall(r'href="([^"]+woff2)"', html),
        }
        sizes = {"page": len(answer.data)} | {
            name: sum(len(client.get(link, headers=compressed).data) for link in set(urls))
            for name, urls in links.items()
        }
        sizes["all"] = sum(sizes.values())
        print(f"{path:44} " + " ".join(f"{size / 1000:7.1f}" for size in sizes.values()))


def print_times(client: FlaskClient, store: JobStore) -> None:
    """Print the response times of the gallery."""
    middle = store.gallery.search(OWNER, limit=PICTURES // 2)[-1].cursor
    print(f"\n{PICTURES} pictures in the gallery{'':16} {'median':>9} {'95 %':>9}  median of CPU time")
    for name, path in QUERIES.items():
        wall_ms, cpu_ms = [], []
        for _ in range(REPEATS):
            started, cpu_before = time.perf_counter(), time.process_time()
            answer = client.get(path or f"/gallery?before={middle}")
            wall_ms.append(1000 * (time.perf_counter() - started))
            cpu_ms.append(1000 * (time.process_time() - cpu_before))
            assert answer.status_code == 200
        p95 = statistics.quantiles(wall_ms, n=20)[-1]
        median, cpu = statistics.median(wall_ms), statistics.median(cpu_ms)
        print(f"{name:40} {median:6.1f} ms {p95:6.1f} ms {cpu:6.1f} ms")


if __name__ == "__main__":
    assert Path("app").is_dir(), "run this from the root of the repository"
    main()
