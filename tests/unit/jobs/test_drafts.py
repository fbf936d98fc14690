"""Drafts, with a real Redis: the newest request wins, and nothing is kept for long."""

import dataclasses

import pytest

from jobs import drafts
from jobs.drafts import Draft, DraftRequest, DraftStyle
from jobs.fallible_redis import connect
from jobs.fetching import Fetch
from jobs.live import Live
from tests.support.redis_server import RedisServer

WAVE = DraftStyle(key="uploads/aa/wave.png", weight=30.0)
ASKED = DraftRequest(visitor="ada", content="uploads/bb/cat.png", styles=(WAVE,))
READY = Draft(state="ready", picture=b"RIFF\n\x00WEBP", width=512, height=384, seconds=0.7, network="compact")


@pytest.fixture
def live(redis):
    live = Live.open(redis.url)
    yield live
    live.close()


def but(**changes):
    return dataclasses.replace(ASKED, **changes)


def test_a_request_waits_and_is_answered(live):
    assert live.draft("ada", ASKED.id) is None
    assert live.next_draft() is None
    assert live.request_draft(ASKED)
    assert live.draft("ada", ASKED.id) == Draft(state="waiting")
    assert live.next_draft() == ASKED
    assert live.draft("ada", ASKED.id) == Draft(state="waiting")
    live.answer_draft(ASKED, READY)
    assert live.draft("ada", ASKED.id) == READY
    assert live.draft("grace", ASKED.id) is None
    assert live.next_draft() is None


def test_the_newest_request_of_a_visitor_replaces_the_last_and_keeps_its_place(live):
    other = but(visitor="grace")
    live.request_draft(ASKED)
    live.request_draft(other)
    newest = but(strength=40.0)
    live.request_draft(newest)
    assert live.draft("ada", ASKED.id) is None
    assert [live.next_draft(), live.next_draft(), live.next_draft()] == [newest, other, None]


def test_a_request_waits_while_another_draft_is_made(live):
    live.request_draft(ASKED)
    assert live.next_draft() == ASKED
    newer = but(strength=40.0)
    live.request_draft(newer)
    live.answer_draft(ASKED, READY)
    assert live.draft("ada", newer.id).state == "waiting"
    assert live.next_draft() == newer


def test_the_same_draft_is_not_made_twice(live):
    live.request_draft(ASKED)
    live.answer_draft(live.next_draft(), READY)
    live.request_draft(but(strength=40.0))
    assert live.request_draft(ASKED)
    assert live.next_draft() is None
    assert live.draft("ada", ASKED.id) == READY


def test_a_failure_is_reported_and_expires_soon(live, redis):
    live.request_draft(ASKED)
    live.answer_draft(live.next_draft(), Draft(state="failed", problem="No photo."))
    assert live.draft("ada", ASKED.id).problem == "No photo."
    with connect(redis.url) as client:
        key = f"live:draft:ada:{ASKED.id}"
        assert 0 < client.ttl(key) <= drafts.FAILED_EXPIRY_S


def test_a_failed_draft_that_is_requested_again_is_tried_again(live):
    live.request_draft(ASKED)
    live.answer_draft(live.next_draft(), Draft(state="failed", problem="No photo."))
    assert live.request_draft(ASKED)
    assert live.draft("ada", ASKED.id) == Draft(state="waiting")
    assert live.next_draft() == ASKED


def test_everything_expires(live, redis):
    live.request_draft(ASKED)
    live.answer_draft(but(size=256), READY)
    live.request_fetch()
    with connect(redis.url) as client:
        assert all(0 < client.ttl(key) <= drafts.EXPIRY_S for key in client.scan_iter())


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "x"},
        {"styles": ()},
        {"strength": 1.0},
        {"keep_colours": 5.0},
        {"feedforward_style": "b"},
        {"size": 64},
    ],
)
def test_each_field_makes_another_request(changes):
    assert but(**changes).id != ASKED.id
    assert but(visitor="grace").id == ASKED.id


def test_without_redis_nothing_is_requested(tmp_path):
    server = RedisServer(tmp_path).start()
    live = Live.open(server.url)
    server.stop()
    assert not live.request_draft(ASKED)
    assert live.draft("ada", ASKED.id) is None
    assert live.next_draft() is None
    live.answer_draft(ASKED, READY)
    assert not live.request_fetch()
    live.close()


def test_fetching_is_requested_and_followed(live):
    assert live.fetching() is None
    assert live.request_fetch()
    assert live.fetching() == Fetch(state="wanted")
    live.report_fetch(Fetch(state="running", bytes=5, total=80))
    live.request_fetch()
    assert live.fetching().bytes == 5
    live.report_fetch(Fetch(state="failed", problem="No network."))
    assert live.fetching().problem == "No network."
    live.request_fetch()
    assert live.fetching() == Fetch(state="wanted")
