"""A real worker on a real Redis: killed, told to leave, flushed, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.imaging import images
from jobs.job import Queue, Status
from tests.support.stack import until
from tests.support.worker_process import LONG, SHORT, Workshop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="process groups and /proc are looked at")


@pytest.fixture
def workshop(tmp_path: Path, tiny_weights: Path) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path / "data", tiny_weights)
    yield workshop
    workshop.close()


class WorkshopWithPainter(Workshop):
    painter: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def open_workshop(tmp_path_factory, tiny_weights: Path) -> Iterator[WorkshopWithPainter]:
    """One with a janitor and a worker, for tests that leave both running."""
    workshop = WorkshopWithPainter(tmp_path_factory.mktemp("workshop") / "data", tiny_weights)
    workshop.janitor()
    workshop.painter = workshop.worker()
    yield workshop
    workshop.close()


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(number) for number in text.split()]


def result_files(workshop: Workshop, job) -> list[str]:
    return [key for key in workshop.media.keys(f"jobs/{job.id}/") if key.endswith("result.png")]


def test_it_finds_out_what_painting_costs_while_it_has_nothing_to_do(workshop):
    assert workshop.store.costs.rates().are_guesses
    workshop.worker()
    until(
        lambda: not workshop.store.costs.rates().are_guesses, 120, "the worker to measure what painting costs"
    )
    rates = workshop.store.costs.rates()
    assert rates.paintings == {}
    assert {key.partition("/")[0] for key in rates.step_s} == {"vgg19"}


def test_it_paints_shows_and_announces_itself(open_workshop):
    job = open_workshop.submit(SHORT)
    open_workshop.wait(job, "finished")
    done = open_workshop.job(job)
    assert images.read_recipe(open_workshop.media.get(done.result.key)) == SHORT.changed(backbone="vgg19")
    assert open_workshop.live.progress(job.id).progress > 0
    assert open_workshop.live.preview(job.id)[0].startswith(b"\xff\xd8")
    # It says so every five seconds, and another test may just have flushed Redis.
    until(open_workshop.live.workers, 30, "the worker to announce itself")
    (note,) = open_workshop.live.workers()
    assert (note.queue, note.backbone, note.problem) == (Queue.LONG, "vgg19", None)
    maps = Path(f"/proc/{open_workshop.painter.pid}/maps").read_text()
    assert "tensorflow" not in maps


@pytest.mark.parametrize("victim", ["child", "worker"])
def test_killed_in_the_middle_it_resumes_and_finishes_once(workshop, victim):
    workshop.janitor()
    worker = workshop.worker()
    job = workshop.submit(LONG)
    workshop.wait(job, "painting", checkpoint=True)
    before = workshop.job(job)
    if victim == "child":
        os.kill(children(worker.pid)[0], signal.SIGKILL)
    else:
        worker.kill()
        worker.wait()
        workshop.worker()
    began = time.monotonic()
    while workshop.event_names(job).count("claimed") < 2:
        assert time.monotonic() - began < 90, workshop.tail()
        time.sleep(0.05)
    print(f"{victim} killed: claimed again after {time.monotonic() - began:.1f} s")
    workshop.wait(job, "painting", step=before.step + 1)
    assert workshop.store.wishes.stop(job.id, "ada")
    workshop.wait(job, "stopped")
    assert workshop.event_names(job) == [
        "submitted",
        "claimed",
        "worker lost",
        "claimed",
        "stop asked for",
        "stopped",
    ]
    assert result_files(workshop, job) == [workshop.job(job).result.key]


def test_sigterm_hands_over_and_the_next_worker_goes_on(workshop):
    workshop.janitor()
    worker = workshop.worker()
    job = workshop.submit(LONG)
    workshop.wait(job, "painting", step=5)
    began = time.monotonic()
    worker.terminate()
    worker.wait(20)
    print(f"left after {time.monotonic() - began:.1f} s")
    handed = workshop.job(job)
    assert handed.status is Status.QUEUED
    assert handed.checkpoint_key is not None
    assert handed.attempts == 0
    workshop.worker()
    workshop.wait(job, "painting", step=handed.step + 5)
    assert workshop.event_names(job) == ["submitted", "claimed", "handed over", "claimed"]


def test_a_flushed_redis_loses_no_job_and_no_wish(open_workshop):
    first = open_workshop.submit(LONG)
    open_workshop.wait(first, "painting", step=5)
    others = [open_workshop.submit(SHORT) for _ in range(3)]
    assert open_workshop.store.wishes.stop(first.id, "ada")
    open_workshop.redis.flush()
    open_workshop.wait(first, "stopped")
    for job in others:
        open_workshop.wait(job, "finished")
        assert open_workshop.event_names(job).count("finished") == 1


def test_a_redis_that_dies_and_comes_back_stops_no_painting(workshop):
    workshop.janitor()
    workshop.worker()
    first = workshop.submit(LONG)
    workshop.wait(first, "painting", step=5)
    workshop.redis.kill()
    step = workshop.job(first).step
    waiting = workshop.submit(SHORT)
    workshop.wait(first, "painting", step=step + 20)
    assert workshop.store.wishes.stop(first.id, "ada")
    workshop.wait(first, "stopped")
    workshop.redis.start()
    print(f"Redis back: painted after {workshop.wait(waiting, 'finished'):.1f} s")


def test_a_stop_and_a_slider_take_effect_at_once(open_workshop):
    job = open_workshop.submit(LONG)
    open_workshop.wait(job, "painting", step=5)
    assert open_workshop.store.wishes.steer(job.id, "ada", LONG.changed(strength=85))
    steps_s = open_workshop.wait(job, "painting", step=open_workshop.job(job).step + 3)
    assert open_workshop.store.wishes.stop(job.id, "ada")
    assert open_workshop.wait(job, "stopped") < 3 + 5 * steps_s, "it took more than some steps"
    picture = open_workshop.media.get(open_workshop.job(job).result.key)
    assert images.read_recipe(picture).strength == 85
