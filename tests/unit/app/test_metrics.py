"""Metrics, who may see them, and what the request log contains."""

from __future__ import annotations

import logging
import re

import pytest

from app.http import request_log
from app.rules.uploads import NOT_A_PICTURE
from jobs.job import Status
from tests.unit.app.conftest import Visitor


def test_metrics_count_jobs_queues_and_refused_uploads(visitor, paint, submit, studio):
    job = paint()
    submit(strength="5")
    visitor.order(photo=(b"nonsense", "cat.jpg"))
    metrics = visitor.get("/metrics").text
    for line in (
        'pastiche_jobs{status="finished"} 1.0',
        'pastiche_queued{queue="long"} 1.0',
        f'pastiche_rejected_uploads_total{{reason="{NOT_A_PICTURE}"}} 1.0',
        "pastiche_redis_up 0.0",
    ):
        assert line in metrics
    assert re.search(r"pastiche_oldest_wait_seconds\{queue=\"long\"\} \d", metrics)
    kept = float(re.search(r"\npastiche_kept_bytes (\S+)", metrics)[1])
    assert kept > job.result.bytes
    assert studio.store.queues.counts_by_status()[Status.QUEUED] == 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("::ffff:203.0.113.9", {}, 404),
        ("203.0.113.9", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer watch me"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer let me"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer \xe9"}, 404),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(make_app, address, headers, status):
    client = make_app(metrics_token="watch me").test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_refused_requests_are_timed_too(visitor):
    assert visitor.post_bare("/example").status_code == 400  # without its token
    metrics = visitor.get("/metrics").text
    assert 'pastiche_http_seconds_count{code="400",endpoint="paint.try_example"' in metrics


def test_requests_have_an_id_that_only_a_trusted_proxy_may_choose(visitor, make_app):
    sent = {"X-Request-ID": "from-outside-1"}
    own = visitor.get("/healthz", headers=sent).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", own)
    trusting = Visitor(make_app(trusted_proxies=1))
    assert trusting.get("/healthz", headers=sent).headers["X-Request-ID"] == "from-outside-1"
    odd = trusting.get("/healthz", headers={"X-Request-ID": "no spaces, please"}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", odd)


def test_the_log_names_routes_and_contains_no_secrets(visitor, stranger, paint, monkeypatch, caplog):
    lines = []

    class Recorder:
        def info(self, event, **values):
            lines.append({"event": event} | values)

    monkeypatch.setattr(request_log, "_log", Recorder())
    paint()
    key = re.search(r"/enter/([^<]+)<", visitor.get("/gallery/link").text)[1]
    with caplog.at_level(logging.DEBUG):
        stranger.post(f"/enter/{key}")
    assert {"event", "method", "route", "status", "ms"} == set(lines[-1])
    assert lines[-1]["route"] == "gallery.enter"
    logged = f"{lines}{caplog.text}"
    assert key not in logged
    assert visitor.cookie().value not in logged
