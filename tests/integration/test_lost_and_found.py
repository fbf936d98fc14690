"""What is lost when a part of the studio is: seconds, and no painting."""

import signal
import sys
import time
from pathlib import Path

import pytest

from engine.imaging.images import read_recipe
from tests.support.stack import photo, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

LONG = {"size": "256", "max_steps": "10000", "scales": "1"}


def files_of(stack, painting, pattern) -> list[Path]:
    return list((stack.data / "media" / "jobs" / painting.rpartition("/")[2]).rglob(pattern))


@pytest.mark.parametrize("victim", ["painter", "worker"])
def test_a_worker_killed_in_the_middle_costs_seconds_and_it_ends_once(stack, victim):
    visitor = stack.client()
    painting = visitor.order(photo(), photo("coffee"), **LONG)
    until(lambda: files_of(stack, painting, "checkpoint-*.npz"), 90, "a checkpoint")
    seen = visitor.status(painting)
    assert seen["status"] == "painting"
    (stack.painter() if victim == "painter" else stack.process("worker")).kill(signal.SIGKILL)

    until(lambda: visitor.status(painting)["step"] > seen["step"], 60, "the painting to go on")
    visitor.post(f"{painting}/stop")
    visitor.wait_for(painting, "stopped")
    assert visitor.gallery() == [painting]
    assert len(files_of(stack, painting, "result.png")) == 1
    assert read_recipe(visitor.download(painting)).size == 256


def test_what_is_ordered_while_redis_is_away_is_painted_later(stack):
    visitor = stack.client()
    # The processes that read pictures are there after the first one.
    visitor.order(photo(), photo("coffee"), size="64", max_steps="1")
    redis = stack.process("redis")
    redis.kill(signal.SIGSTOP)
    try:
        began = time.monotonic()
        painting = visitor.order(photo(), photo("coffee"), size="64", max_steps="4")
        # It is not waited for; what that takes on a quiet machine: benchmarks/latency.py
        assert time.monotonic() - began < 30
        assert visitor.get("/gallery").status_code == 200
    finally:
        redis.kill(signal.SIGCONT)
    visitor.wait_for(painting, "finished", limit_s=90)
