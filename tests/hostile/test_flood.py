"""A visitor who sends 2,000 orders delays others by one painting only."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs import staging
from jobs.job import Queue, Status, WorkerIdentity
from tests.support.web_app import app_without_redis
from tests.unit.app.conftest import Visitor, picture

FLOOD = 2000
EACH = 25
WORKER = WorkerIdentity(host="here", pid=1, process_started="1", queue=Queue.LONG)


@pytest.fixture
def app(tmp_path):
    # Without rate limits, so that the limit of the queue is what refuses.
    with app_without_redis(tmp_path, MAX_WAITING_EACH=str(EACH)) as app:
        yield app


def test_a_flood_is_answered_properly_and_delays_others_by_one_painting(app):
    client, services = app.test_client(), app.extensions["pastiche"]
    key = client.post("/api/v1/keys").json["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with app.app_context():
        from app.http.keys import owner_of  # noqa: PLC0415 -- `app` is the fixture here

        flooder = owner_of(key)
    ids = {
        role: staging.stage(
            services.store, services.media, picture(), owner=flooder, role=role, name="a.png", width=48,
            height=32, suffix=".png", expiry_s=3600,
        ).id
        for role in ("content", "style")
    }  # fmt: skip
    order = {"photo": ids["content"], "styles": [ids["style"]], "recipe": {"size": 512}}
    answers: Counter[int] = Counter()
    in_progress = other_id = None
    for number in range(FLOOD):
        answer = client.post("/api/v1/paintings", json=order, headers=headers)
        answers[answer.status_code] += 1
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 10
            assert answer.json["error"]["code"] == "too_many"
        if number == 0:
            in_progress = services.store.leases.claim(WORKER)
        if number == FLOOD // 2:
            sent = Visitor(app).order(size="512")
            other_id = sent.location.rsplit("/", 1)[-1]
    assert answers == {201: EACH + 1, 429: FLOOD - EACH - 1}
    assert services.store.jobs.find(in_progress.job.id).status is Status.PAINTING
    assert services.store.leases.claim(WORKER).job.id == other_id
