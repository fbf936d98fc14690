"""Drafts: requests and responses, with a real Redis."""

import pytest

from jobs.drafts import Draft
from jobs.job import Queue
from jobs.live import WorkerNote


@pytest.fixture
def app(make_app, redis):
    return make_app(redis_url=redis.url)


@pytest.fixture
def ask(visitor, submit):
    job = submit()

    def ask(**changes):
        style = {"id": job.styles[0].id, "weight": 50}
        sent = {"content": job.content.id, "styles": [style], "strength": 50, "keep_colours": 0} | changes
        return visitor.post_bare("/drafts", headers={"X-CSRFToken": visitor.token()}, json=sent)

    return ask


def test_a_draft_is_requested_awaited_and_sent(ask, visitor, stranger, studio):
    asked = ask()
    assert asked.status_code == 202
    assert (asked.json["state"], asked.headers["Location"]) == ("nobody", asked.json["url"])
    waits = visitor.get(asked.json["url"])
    assert (waits.status_code, waits.headers["Retry-After"]) == (202, "1")
    wanted = studio.live.next_draft()
    assert wanted.strength == 75  # 50 would be too weak for a draft
    studio.live.answer_draft(wanted, Draft(state="ready", picture=b"webp", seconds=0.5, network="compact"))
    ready = visitor.get(asked.json["url"])
    assert (ready.status_code, ready.mimetype, ready.data) == (200, "image/webp", b"webp")
    assert stranger.get(asked.json["url"]).status_code == 404


def test_a_new_request_replaces_the_previous_one(ask, visitor):
    first, second = ask(strength=10).json, ask(strength=90).json
    assert first["id"] != second["id"]
    assert visitor.get(first["url"]).status_code == 404
    assert visitor.get(second["url"]).status_code == 202


def test_a_running_worker_and_its_failures_are_reported(ask, visitor, studio):
    studio.live.announce_worker(
        WorkerNote(id="d", queue=Queue.QUICK, host="h", backbone="compact", problem=None)
    )
    asked = ask(keep_colours=40).json
    assert asked["state"] == "busy"
    studio.live.answer_draft(studio.live.next_draft(), Draft(state="failed", problem="It is too dark."))
    failed = visitor.get(asked["url"])
    assert (failed.status_code, failed.json["error"]["message"]) == (422, "It is too dark.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"content": 7}, "content"),
        ({"styles": []}, "styles"),
        ({"styles": ["two-carp"]}, "styles"),
        ({"styles": [{"id": "two-carp", "weight": 0}]}, "styles"),
        ({"styles": [{"id": "two-carp", "weight": 101}]}, "styles"),
        ({"strength": 101}, "strength"),
        ({"strength": "much"}, "strength"),
        ({"more": 1}, "more"),
    ],
)
def test_an_invalid_request_is_refused_by_its_field(ask, changes, field):
    refused = ask(**changes)
    assert (refused.status_code, refused.json["error"]["field"]) == (422, field)


@pytest.mark.parametrize(
    "changes", [{"content": "0" * 32}, {"styles": [{"id": "0" * 32}]}, {"feedforward_style": "unheard-of"}]
)
def test_an_unknown_picture_or_style_is_refused(ask, changes):
    refused = ask(**changes)
    assert (refused.status_code, refused.json["error"]["field"]) == (404, *changes)
