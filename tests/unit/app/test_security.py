"""Identity, security headers, errors, health checks and metrics."""

from __future__ import annotations

import logging
import re

import pytest

from app.rules.uploads import StudioRequest
from app.wording import UNKNOWN_HOST
from engine.recipe.rates import Sample
from tests.unit.app.conftest import Visitor, error_code


def test_every_visitor_gets_a_separate_signed_cookie(visitor, stranger, app):
    for one in (visitor, stranger):
        one.get("/")
    mine, other = visitor.cookie(), stranger.cookie()
    assert mine.value != other.value
    assert (mine.http_only, mine.same_site, mine.secure) == (True, "Lax", False)
    with app.test_request_context(headers={"Cookie": f"pastiche={mine.value}"}) as context:
        assert re.fullmatch("[0-9a-f]{32}", context.session["owner"])


def test_behind_tls_the_cookie_is_secure(make_app):
    visitor = Visitor(make_app(cookie_secure=True))
    assert "Secure" in visitor.get("/").headers["Set-Cookie"]


def test_a_forged_cookie_owns_nothing(visitor, app, submit):
    job = submit()
    signed = visitor.cookie().value
    for value in (signed[:-2] + "xx", f"{job.owner}", ""):
        client = app.test_client()
        client.set_cookie("pastiche", value)
        assert client.get(f"/paintings/{job.id}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/gallery", "/about", "/nowhere", "/healthz", "/metrics", "/static/css/studio.css"]
)
def test_every_response_has_security_headers(visitor, path):
    answer = visitor.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    answer.close()


def test_pages_have_no_script_or_style_without_their_nonce(visitor, paint):
    job = paint()
    for path in ("/", "/gallery", "/about", f"/paintings/{job.id}"):
        answer = visitor.get(path)
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        assert nonce not in visitor.get(path).headers["Content-Security-Policy"]
        for tag in re.findall(r"<(?:script|style)[^>]*>", answer.text):
            assert f'nonce="{nonce}"' in tag
        assert not re.search(r"\s(?:style|on\w+)=\"", answer.text)
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", answer.text)


def test_every_change_needs_a_token(visitor, paint, studio):
    job = paint()
    for path in ("/paintings", "/uploads", f"/paintings/{job.id}/delete", f"/paintings/{job.id}/stop"):
        for token in ({}, {"csrf_token": "made up"}):
            assert visitor.post_bare(path, token).status_code == 400
    assert error_code(visitor.post_bare(f"/paintings/{job.id}/delete").text) == "csrf"
    assert studio.store.jobs.find(job.id) is not None


def test_only_trusted_hosts_are_served(make_app):
    visitor = Visitor(make_app(trusted_hosts=("studio.example",)))
    assert visitor.get("/", base_url="http://studio.example").status_code == 200
    assert visitor.get("/", base_url="http://evil.example").status_code == 400
    assert visitor.get("/nowhere", base_url="http://evil.example").status_code == 400
    forged = visitor.post_bare("/paintings", {}, base_url="http://evil.example")
    assert (forged.status_code, forged.text) == (400, UNKNOWN_HOST)


def test_health_checks_work_under_any_host_name(make_app):
    visitor = Visitor(make_app(trusted_hosts=("studio.example",)))
    for path in ("/healthz", "/readyz"):
        assert visitor.get(path, base_url="http://127.0.0.1:8000").status_code == 200
    assert visitor.get("/metrics", base_url="http://127.0.0.1:8000").status_code == 400


def test_behind_two_proxies_the_scheme_and_host_of_the_first_one_count(make_app):
    visitor = Visitor(make_app(trusted_proxies=2))
    headers = {
        "X-Forwarded-For": "203.0.113.9, 10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "art.example",
    }
    assert "https://art.example/enter/" in visitor.get("/gallery/link", headers=headers).text


def test_a_form_of_many_megabytes_of_text_is_refused(visitor):
    assert visitor.post("/paintings", {"photo_id": "x" * 2**20}).status_code == 413


def test_static_files_may_be_cached_until_they_change(visitor):
    page = visitor.get("/").text
    sheet = re.search(r'href="(/static/css/studio.css\?v=\w+)"', page)[1]
    for path, kept in ((sheet, True), ("/static/css/studio.css", False)):
        answer = visitor.get(path)
        assert ("immutable" in answer.headers["Cache-Control"]) is kept
        answer.close()


def test_a_crash_shows_a_page_without_the_reason(app, monkeypatch, caplog):
    def crash(*_, **__):
        raise ValueError("a secret")

    monkeypatch.setattr(type(app.extensions["pastiche"].store.gallery), "search", crash)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.ERROR):
        answer = Visitor(app).get("/gallery")
    assert answer.status_code == 500
    assert error_code(answer.text) == "broken"
    assert "secret" not in answer.text
    assert "a secret" in caplog.text


def test_without_redis_the_studio_is_ready_and_reports_it(visitor):
    assert visitor.get("/healthz").json == {"alive": True}
    answer = visitor.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"ready": True, "redis": False, "sql": True, "media": True, "room": True}


@pytest.mark.parametrize("part", ["store", "media"])
def test_without_sql_or_media_it_is_not_ready(app, monkeypatch, part):
    def away():
        raise OSError("away")

    monkeypatch.setattr(getattr(app.extensions["pastiche"], part), "ping", away)
    answer = Visitor(app).get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (503, False)


def test_with_redis_it_is_ready(make_app, redis):
    answer = Visitor(make_app(redis_url=redis.url)).get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)


def test_metrics_are_counted_on_request(visitor, submit):
    submit()
    metrics = visitor.get("/metrics").text
    assert 'pastiche_jobs{status="queued"} 1.0' in metrics
    assert "pastiche_waiting 1.0" in metrics
    assert 'pastiche_http_seconds_count{code="303",endpoint="paint.submit",method="POST"} 1.0' in metrics


def test_every_file_of_a_request_is_limited(app):
    assert app.request_class is StudioRequest
    assert app.config["MAX_CONTENT_LENGTH"] == 5 * app.config["MAX_UPLOAD_BYTES"] + 2**20


def test_the_error_of_estimates_is_reported_once_there_are_any(app, visitor):
    assert "pastiche_estimate_error" not in visitor.get("/metrics").text
    sample = Sample(key="vgg19/float32", megapixel_steps=1, steps_s=8, seconds=10)
    app.extensions["pastiche"].store.costs.record_painting("here", sample, expected_s=12)
    assert "pastiche_estimate_error_ratio 0.2" in visitor.get("/metrics").text
