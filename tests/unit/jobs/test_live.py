"""Live state, with a real Redis that comes and goes."""

import json
import time

from jobs.fallible_redis import connect
from jobs.job import Queue
from jobs.live import Live, Progress, WorkerNote
from tests.support.redis_server import RedisServer
from tests.support.studio_store import Clock

PROGRESS = Progress(
    step=7, progress=0.25, seconds_left=12.5, size=(96, 128), losses=((6, 1.0, 2.0, 3.0), (7, 0.5, 1.5, 2.5))
)
NOTE = WorkerNote(id="w", queue=Queue.LONG, host="here", backbone="vgg19", problem=None)


def test_progress_and_preview_come_back(redis):
    live = Live.open(redis.url)
    assert live.progress("a") is None
    assert live.preview("a") is None
    live.publish("a", PROGRESS, b"\xff\xd8 a picture\nwith lines", 41)
    assert live.progress("a") == PROGRESS
    assert live.preview("a") == (b"\xff\xd8 a picture\nwith lines", 41)
    live.publish("a", PROGRESS)
    assert live.preview("a")[1] == 41
    live.forget("a")
    assert live.progress("a") is None
    live.close()


def test_workers_announce_themselves_for_a_while(redis):
    live = Live.open(redis.url)
    live.announce_worker(NOTE)
    assert live.workers() == [NOTE]
    live.close()


def test_a_worker_of_release_1_0_is_understood(redis):
    live = Live.open(redis.url)
    written = {"id": "d", "kind": "draft", "host": "here", "backbone": None, "problem": "No weights."}
    with connect(redis.url) as client:
        client.set("live:worker:d", json.dumps(written))
    assert live.workers() == [
        WorkerNote(id="d", queue=Queue.QUICK, host="here", backbone=None, problem="No weights.")
    ]
    live.close()


def test_everything_expires(redis):
    live = Live.open(redis.url)
    live.publish("a", PROGRESS, b"x", 1)
    live.announce_worker(NOTE)
    with connect(redis.url) as client:
        assert all(0 < client.ttl(key) <= 86_400 for key in client.scan_iter())
    live.close()


def test_while_redis_is_away_nothing_is_found_and_nothing_is_raised(tmp_path, caplog):
    server = RedisServer(tmp_path).start()
    clock = Clock()
    live = Live(connect(server.url), clock.monotonic)
    live.publish("a", PROGRESS, b"x", 1)
    server.stop()
    live.publish("a", PROGRESS, b"x", 1)
    clock.sleep(3)
    assert live.progress("a") is None
    clock.sleep(3)
    assert (live.preview("a"), live.workers(), live.ping()) == (None, [], False)
    server.start()
    assert not live.ping()
    clock.sleep(3)
    assert live.ping()
    server.stop()
    live.close()


def test_a_frozen_redis_is_waited_for_once(tmp_path):
    server = RedisServer(tmp_path).start()
    live = Live.open(server.url)
    server.freeze()
    began = time.monotonic()
    assert live.progress("a") is None
    once_s = time.monotonic() - began
    for _ in range(19):
        assert live.progress("a") is None
    assert time.monotonic() - began < 3 * once_s
    server.stop()
    live.close()
