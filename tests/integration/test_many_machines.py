"""Two workers that share no disk, with PostgreSQL, Redis and S3: each job is painted once."""

from __future__ import annotations

import shutil

import pytest

from engine.recipe import Recipe
from jobs.job import Order, Status
from jobs.live import Live
from jobs.media import Media
from jobs.queue import TaskQueue
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from tests.support.postgres import PostgresServer, find_programs, fresh_database
from tests.support.services import Services, places
from tests.support.stack import free_port, photo, until

JOBS = 40

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed"),
]


@pytest.fixture
def machines(tmp_path, s3, tiny_weights):
    """Two folders, a worker in each; the second machine has the janitor."""
    for parent in list(tmp_path.parents)[:-2]:
        parent.chmod(0o755)  # PostgreSQL is not root, and pytest's folders are its owner's alone
    tmp_path.chmod(0o755)
    for name in ("postgres", "redis", "one", "two"):
        (tmp_path / name).mkdir()
    postgres = PostgresServer(tmp_path / "postgres").start()
    port = free_port()
    here = places(tmp_path, redis_port=port, database=fresh_database(postgres.url), web_port=free_port())
    extra = s3 | {"VGG19_WEIGHTS": str(tiny_weights), "LEASE_S": "5", "ONE_MACHINE": "no"}
    one, two = (Services(tmp_path / name, here, extra) for name in ("one", "two"))
    try:
        redis = ["redis-server", "--port", str(port), "--dir", str(tmp_path / "redis")]
        one.launch("redis", [*redis, *one.command("redis")[1:]], one.environ("web"))
        for machine in (one, two):
            machine.start("worker", alias=f"worker-{machine.folder.name}")
        two.start("janitor")
        yield one, two
    finally:
        for machine in (two, one):
            machine.end()
        postgres.stop()


def test_two_machines_paint_each_job_once_though_one_is_killed(machines):
    one, _ = machines
    settings = Settings.from_env(one.environ("worker"))
    store, live, queue = (
        JobStore.open(settings.database_url),
        Live.open(settings.redis_url),
        TaskQueue(settings),
    )
    media = Media.open(settings.media_url)
    until(lambda: len(live.workers()) == 2, 120, "two workers")
    ids: list[str] = []

    def both_have_painted() -> bool:
        # One may be ready long before the other.
        if store.queues.length() < JOBS // 4:
            ids.extend(_order(store, media, first=len(ids)))
            queue.wake()
        return all(_paintings_of(machine) > 1 for machine in machines)

    until(both_have_painted, 240, "both to paint")
    ids += _order(store, media, first=len(ids))
    one.kill("worker-one")
    until(lambda: _done(store) == len(ids), 240, "all paintings")
    for job_id in ids:
        job = store.jobs.find(job_id)
        events = [event.name for event in store.jobs.events(job_id)]
        assert job.status is Status.FINISHED
        assert events.count("finished") == 1
        assert events.count("claimed") == 1 + events.count("worker lost")
        assert media.get(job.result.key)[:4] == b"\x89PNG"
    for machine in machines:
        assert not (machine.folder / "data" / "media").exists()
    for client in (store, live, queue):
        client.close()


def _paintings_of(machine: Services) -> int:
    log = machine.folder / f"worker-{machine.folder.name}.log"
    return log.read_text().count('"event": "done"')


def _order(store: JobStore, media: Media, first: int) -> list[str]:
    pictures = {
        role: stage(
            store, media, photo(longer_side=128), owner="ada", role=role, name="a.png", width=128, height=85,
            suffix=".png", expiry_s=3600,
        ).id
        for role in ("content", "style")
    }  # fmt: skip
    recipe = Recipe(size=64, scales=1, max_steps=3)
    return [
        store.jobs.submit(
            Order(
                owner="ada", content_id=pictures["content"], style_ids=(pictures["style"],),
                recipe=recipe.changed(strength=number % 100), title=f"{number}", token=f"{number}",
            )
        ).id
        for number in range(first, first + JOBS)
    ]  # fmt: skip


def _done(store: JobStore) -> int:
    return store.queues.counts_by_status()[Status.FINISHED]
