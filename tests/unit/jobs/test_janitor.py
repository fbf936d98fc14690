"""The janitor, whose clock the test moves."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial

import pytest

from jobs import janitor as janitor_module
from jobs import processes
from jobs.janitor import NOT_DELETED, RETRY_S, WARN_S, Janitor
from jobs.job import Queue, Status
from jobs.media import Media, MediaError
from jobs.processes import this_process
from jobs.queue import TaskQueue
from jobs.settings import Settings
from tests.support.studio_store import result


@pytest.fixture
def media(tmp_path) -> Media:
    return Media.open(f"file://{tmp_path / 'media'}")


@pytest.fixture
def queue(redis, tmp_path):
    queue = TaskQueue(Settings.from_env({"PASTICHE_DATA": str(tmp_path), "REDIS_URL": redis.url}))
    yield queue
    queue.close()


@pytest.fixture
def janitor(desk, media, queue):
    with Janitor(desk.store, media, queue, lease_s=15, clock=desk.clock.monotonic) as janitor:
        yield janitor


@pytest.fixture
def warned(monkeypatch) -> list[dict]:
    """The janitor's warnings."""
    lines = []

    class Recorder:
        def warning(self, event, **facts):
            lines.append({"event": event} | facts)

    monkeypatch.setattr(janitor_module, "_log", Recorder())
    return lines


def refusing(monkeypatch, media, *names):
    """Make keys with these prefixes impossible to delete."""

    def unless(delete, key):
        if key.startswith(names):
            raise MediaError("away")
        delete(key)

    for way in ("delete", "delete_prefix"):
        monkeypatch.setattr(media, way, partial(unless, getattr(media, way)))


def rounds(janitor, desk, seconds):
    for _ in range(int(seconds)):
        janitor.tick()
        desk.clock.sleep(1)


def test_a_heartbeat_that_stands_still_loses_the_lease(janitor, desk):
    claim = desk.begun()
    desk.beat(claim)
    rounds(janitor, desk, 15)
    assert desk.status(claim.job.id) == Status.PAINTING
    rounds(janitor, desk, 3)
    assert desk.status(claim.job.id) == Status.QUEUED
    assert desk.event_names(claim.job.id)[-1] == "worker lost"


def test_a_heartbeat_that_moves_keeps_it(janitor, desk):
    claim = desk.begun()
    for step in range(5):
        desk.beat(claim, step)
        rounds(janitor, desk, 12)
    assert desk.status(claim.job.id) == Status.PAINTING


def test_a_worker_gets_the_patience_that_it_requested(janitor, desk):
    claim = desk.begun()
    desk.store.leases.heartbeat(claim.job.id, claim.token, step=1, progress=0, patience_s=60)
    rounds(janitor, desk, 55)
    assert desk.status(claim.job.id) == Status.PAINTING
    rounds(janitor, desk, 8)
    assert desk.status(claim.job.id) == Status.QUEUED


def test_a_wrong_clock_does_no_harm(janitor, desk):
    claim = desk.begun()
    desk.beat(claim)
    rounds(janitor, desk, 3)
    desk.clock.wall = desk.clock.wall.replace(year=2040)
    rounds(janitor, desk, 3)
    desk.clock.wall = desk.clock.wall.replace(year=2020)
    rounds(janitor, desk, 3)
    assert desk.status(claim.job.id) == Status.PAINTING


def test_a_suspended_janitor_looks_again_before_it_judges(janitor, desk):
    claim = desk.begun()
    desk.beat(claim)
    rounds(janitor, desk, 3)
    desk.clock.sleep(3600)
    rounds(janitor, desk, 5)
    assert desk.status(claim.job.id) == Status.PAINTING


def test_a_dead_process_on_this_host_loses_its_lease_at_once(janitor, desk):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = this_process(Queue.LONG)
    desk.submit()
    # A child of this test, whose start time is read as the worker reads its own.
    worker = replace(me, pid=process.pid, process_started=processes._started(process.pid))
    claim = desk.store.leases.claim(worker)
    janitor.tick()
    assert desk.status(claim.job.id) == Status.PAINTING
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    janitor.tick()
    assert desk.status(claim.job.id) == Status.QUEUED
    process.communicate()


def test_another_process_with_the_same_pid_is_not_the_worker(janitor, desk):
    desk.submit()
    claim = desk.store.leases.claim(replace(this_process(Queue.LONG), process_started="an earlier boot"))
    janitor.tick()
    assert desk.status(claim.job.id) == Status.QUEUED


def test_it_calls_a_worker_while_jobs_wait_and_no_call_does(janitor, desk, queue, redis):
    janitor.tick()
    assert queue.calls() == 0
    desk.submit()
    rounds(janitor, desk, 3)
    assert queue.calls() == 1
    redis.flush()
    rounds(janitor, desk, 2)
    assert queue.calls() == 1


def test_discarded_files_are_deleted(janitor, desk, media):
    claim = desk.begun()
    key = f"jobs/{claim.job.id}/{claim.token}/checkpoint-1.npz"
    media.put(key, b"x")
    desk.store.leases.keep_checkpoint(claim.job.id, claim.token, key, 1)
    janitor.tick()
    assert media.exists(key)
    desk.store.wishes.cancel(claim.job.id, "ada")
    janitor.tick()
    assert media.keys("jobs/") == []
    assert desk.store.housekeeping.discards() == []


def test_what_cannot_be_deleted_is_tried_again(janitor, desk, media, monkeypatch):
    job = desk.submit()
    desk.store.wishes.cancel(job.id, "ada")

    def refuse(_prefix):
        raise MediaError("away")

    monkeypatch.setattr(media, "delete_prefix", refuse)
    janitor.tick()
    assert desk.store.housekeeping.discards() == [f"jobs/{job.id}/"]
    monkeypatch.undo()
    rounds(janitor, desk, RETRY_S + 1)
    assert desk.store.housekeeping.discards() == []


def test_what_cannot_be_deleted_does_not_block_the_rest(janitor, desk, media, monkeypatch, warned):
    bad, *others = (desk.submit() for _ in range(3))
    for job in (bad, *others):
        desk.store.wishes.cancel(job.id, "ada")
        desk.clock.sleep(1)
    refusing(monkeypatch, media, f"jobs/{bad.id}/")
    rounds(janitor, desk, 60)
    assert desk.store.housekeeping.discards() == [f"jobs/{bad.id}/"]
    assert [(line["event"], line["prefix"]) for line in warned] == [(NOT_DELETED, f"jobs/{bad.id}/")]
    desk.clock.sleep(WARN_S)
    rounds(janitor, desk, 3)
    assert len(warned) == 2


def test_what_cannot_be_deleted_goes_last_even_if_the_clock_was_set_back(
    janitor, desk, media, monkeypatch, warned
):
    bad, later = desk.submit(), desk.submit()
    for job in (bad, later):
        desk.store.wishes.cancel(job.id, "ada")
        desk.clock.sleep(1)
    refusing(monkeypatch, media, f"jobs/{bad.id}/")
    desk.clock.wall = desk.clock.wall.replace(year=2020)
    monkeypatch.setattr(
        desk.store.housekeeping, "discards", partial(desk.store.housekeeping.discards, limit=1)
    )
    janitor.delete_discarded()
    assert desk.store.housekeeping.discards() == [f"jobs/{later.id}/"]


def test_the_sweep_continues_after_what_cannot_be_deleted(janitor, desk, media, monkeypatch, warned):
    desk.submit()
    orphans = [f"jobs/{name}/t/{end}.png" for name in ("a", "b", "c") for end in (1, 2)]
    for key in orphans:
        media.put(key, b"x")
    refusing(monkeypatch, media, "jobs/a/t/1", "jobs/b/")
    janitor.sweep()
    assert media.keys("jobs/") == ["jobs/a/t/1.png", "jobs/b/t/1.png", "jobs/b/t/2.png"]
    assert len(warned) == 1


def test_no_lease_waits_for_the_sweep_or_for_media_that_is_away(desk, media, queue, monkeypatch):
    claim, cancelled = desk.begun(), desk.submit()
    desk.beat(claim)
    desk.store.wishes.cancel(cancelled.id, "ada")
    back, waited_out = threading.Event(), []

    def wait(prefix):
        if not back.wait(60):
            waited_out.append(prefix)
        return []

    monkeypatch.setattr(media, "folders", wait)
    monkeypatch.setattr(media, "delete_prefix", wait)
    quick = {"lease_s": 15, "clock": desk.clock.monotonic, "wait_s": 0.001}
    with Janitor(desk.store, media, queue, **quick) as janitor:
        rounds(janitor, desk, 18)
        assert desk.status(claim.job.id) == Status.QUEUED
        assert desk.store.housekeeping.discards() == [f"jobs/{cancelled.id}/"]
        assert waited_out == []
        back.set()
        while janitor._running:
            janitor.tick()
    assert desk.store.housekeeping.discards() == []
    assert waited_out == []


def test_without_any_job_no_file_is_an_orphan(janitor, desk, media):
    # Otherwise a backup's pictures would be deleted while it is restored, since its records come last.
    media.put("jobs/restored/t/result.png", b"x")
    janitor.sweep()
    assert media.keys("jobs/") == ["jobs/restored/t/result.png"]
    desk.submit()
    janitor.sweep()
    assert media.keys("jobs/") == []


def test_the_sweep_deletes_only_what_no_record_refers_to(janitor, desk, media):
    claim = desk.begun()
    folder = f"jobs/{claim.job.id}"
    kept = [result(claim).key, result(claim).thumbnail_key]
    stale = [f"{folder}/stale-token/checkpoint-9.npz", "jobs/deleted-job/t/result.png"]
    for key in kept + stale:
        media.put(key, b"x")
    janitor.sweep()
    assert media.keys("jobs/") == sorted([*kept, stale[0]])
    desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    janitor.sweep()
    assert media.keys("jobs/") == sorted(kept)


def test_expired_uploads_and_old_cancelled_jobs_are_deleted(janitor, desk, media):
    upload, job = desk.upload(), desk.submit()
    media.put(upload.key, b"x")
    desk.store.wishes.cancel(job.id, "ada")
    desk.clock.sleep(100_000)
    janitor.sweep()
    janitor.sweep()
    janitor.tick()
    assert desk.store.uploads.find(upload.id, "ada") is None
    assert desk.store.jobs.find(job.id) is None
    assert media.keys("uploads/") == []


def test_old_paintings_are_deleted_only_with_a_retention(desk, janitor, media, queue):
    claim = desk.begun()
    assert desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    waiting = desk.submit()
    desk.clock.sleep(8 * 86_400)
    janitor.sweep()
    assert desk.store.jobs.find(claim.job.id) is not None
    strict = Janitor(desk.store, media, queue, lease_s=15, retention_s=7 * 86_400, clock=desk.clock.monotonic)
    strict.sweep()
    assert desk.store.jobs.find(claim.job.id) is None
    assert desk.store.housekeeping.discards()[-1] == f"jobs/{claim.job.id}/"
    assert desk.store.jobs.find(waiting.id) is not None
