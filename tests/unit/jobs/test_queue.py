"""The queue, with a real Redis: wake-up calls that may be lost."""

import time
from pathlib import Path

import pytest

from jobs.job import Queue
from jobs.queue import TaskQueue, broker_url
from jobs.settings import Settings
from tests.support.redis_server import RedisServer


def settings_for(server: RedisServer, folder: Path) -> Settings:
    return Settings.from_env({"PASTICHE_DATA": str(folder), "REDIS_URL": server.url})


@pytest.fixture
def queue(redis, tmp_path):
    queue = TaskQueue(settings_for(redis, tmp_path))
    yield queue
    queue.close()


def test_calls_wait_until_a_worker_takes_them(queue):
    assert queue.calls() == 0
    assert queue.wake()
    assert queue.wake()
    assert queue.wake(Queue.QUICK)
    assert (queue.calls(), queue.calls(Queue.QUICK)) == (2, 1)


def test_after_a_flush_calls_arrive_again(queue, redis):
    assert queue.wake()
    redis.flush()
    assert queue.calls() == 0
    assert queue.wake()
    assert queue.calls() == 1


def test_without_redis_it_fails_at_once(tmp_path):
    server = RedisServer(tmp_path).start()
    queue = TaskQueue(settings_for(server, tmp_path))
    assert queue.wake()
    server.stop()
    assert not queue.wake()
    assert queue.calls() is None
    queue.close()


def test_a_frozen_redis_is_waited_for_once_and_not_for_long(tmp_path):
    server = RedisServer(tmp_path).start()
    queue = TaskQueue(settings_for(server, tmp_path))
    assert queue.wake()
    server.freeze()
    began = time.monotonic()
    assert not queue.wake()
    once_s = time.monotonic() - began
    assert not queue.wake()
    assert time.monotonic() - began < 1.5 * once_s < 10
    server.thaw()
    server.stop()
    queue.close()


def test_urls_are_written_as_celery_expects_them():
    assert broker_url("redis://:secret@127.0.0.1:6379/0") == "redis://:secret@127.0.0.1:6379/0"
    assert broker_url("unix:///run/redis.sock?db=2") == "redis+socket:///run/redis.sock?virtual_host=2"
