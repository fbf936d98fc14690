"""Rate limits, the limits of the queue, and quotas."""

from __future__ import annotations

import io

import pytest
from limits import parse_many
from werkzeug.middleware.proxy_fix import ProxyFix

from app import wording
from app.http import limits
from app.http.limits import ALLOWANCES, ORDERING, Allowance, Limiter
from tests.unit.app.conftest import Visitor, error_code, picture


def test_every_limited_route_exists(app):
    assert set(ALLOWANCES) <= {rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setitem(limits.ALLOWANCES, "paint.try_example", Allowance("2 per minute", "3 per minute"))


@pytest.mark.parametrize("shared", [True, False], ids=["in Redis", "on its own"])
def test_a_visitor_who_orders_too_often_waits(make_app, request, strict, shared):
    changes = {"redis_url": request.getfixturevalue("redis").url} if shared else {}
    if shared:
        request.getfixturevalue("redis").flush()
    app = make_app(**changes)
    visitor, other = Visitor(app), Visitor(app)
    assert [visitor.post("/example").status_code for _ in range(3)] == [303, 303, 429]
    late = visitor.post("/example")
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert error_code(late.text) == "too_many"
    assert wording.roughly(int(late.headers["Retry-After"])) in late.text
    # By now four requests came from this address.
    assert other.post("/example").status_code == 429
    assert visitor.get("/").status_code == 200


def test_the_api_refuses_in_json(make_app, strict, monkeypatch):
    monkeypatch.setitem(limits.ALLOWANCES, "api.make_key", Allowance("9 per minute", "1 per minute"))
    client = make_app().test_client()
    assert client.post("/api/v1/keys").status_code == 201
    answer = client.post("/api/v1/keys")
    assert answer.status_code == 429
    assert answer.json["error"]["code"] == "too_many"
    assert "Retry-After" in answer.headers


def test_without_limits_nobody_waits(make_app, strict):
    visitor = Visitor(make_app(rate_limits=False))
    assert [visitor.post("/example").status_code for _ in range(5)] == [303] * 5


def test_counting_continues_while_redis_is_down(tmp_path):
    limiter = Limiter(f"unix://{tmp_path}/no.sock")
    items = parse_many("2 per minute")
    assert [limiter.wait_s(items, "a") > 0 for _ in range(3)] == [False, False, True]
    assert limiter.wait_s(items, "b") == 0


def test_the_queue_is_limited_per_visitor_and_in_total(make_app):
    app = make_app(max_waiting=3, max_waiting_each=2)
    visitor, other = Visitor(app), Visitor(app)
    assert [visitor.order(strength=str(10 * n)).status_code for n in (1, 2, 3)] == [303, 303, 429]
    late = visitor.order(strength="40")
    assert error_code(late.text) == "too_many"
    assert wording.queue_full_for_one(2) in late.text
    assert int(late.headers["Retry-After"]) >= 10
    assert other.order().status_code == 303
    full = other.order(strength="10")
    assert (full.status_code, int(full.headers["Retry-After"]) >= 10) == (503, True)
    assert error_code(full.text) == "busy"
    assert wording.QUEUE_FULL in full.text
    # Viewing pages and changing paintings still work.
    assert other.get("/gallery").status_code == 200
    assert {"paint.submit", "api.order", "continuation.order"} <= ORDERING


def test_uploads_over_the_quota_are_refused(make_app):
    visitor = Visitor(make_app(visitor_quota_bytes=10))
    # The photo is still accepted; the style would be over the quota.
    answer = visitor.order()
    assert answer.status_code == 422
    assert 'id="style-error" data-code="quota">' in answer.text


def test_library_pictures_over_the_quota_are_refused(make_app):
    app = make_app(visitor_quota_bytes=10)
    visitor = Visitor(app)
    visitor.post("/uploads", {"role": "content", "library": "quiet-harbour"})
    sentence = wording.quota_full(10)
    for answer in (
        visitor.post("/uploads", {"role": "style", "library": "night-garden"}),
        visitor.post("/example"),
        visitor.order(photo=False, style=False, library="night-garden"),
    ):
        assert answer.status_code == 422
        assert sentence in answer.text
    client = app.test_client()
    headers = {"Authorization": f"Bearer {client.post('/api/v1/keys').json['key']}"}
    sent = {"role": "content", "file": (io.BytesIO(picture()), "cat.png")}
    photo = client.post("/api/v1/uploads", data=sent, headers=headers).json["id"]
    order = {"photo": photo, "styles": ["night-garden"]}
    answer = client.post("/api/v1/paintings", json=order, headers=headers)
    assert answer.status_code == 422
    assert sentence in answer.json["error"]["message"]


def test_a_full_studio_refuses_uploads(make_app):
    visitor = Visitor(make_app(media_budget_bytes=1))
    visitor.order()
    assert visitor.order().status_code == 507
    assert Visitor(make_app(min_free_bytes=2**60)).order().status_code == 507


def test_a_proxy_is_trusted_only_if_configured(make_app):
    assert not isinstance(make_app().wsgi_app, ProxyFix)
    app = make_app(trusted_proxies=1)
    headers = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "art.example",
    }
    answer = app.test_client().get("/gallery/link", headers=headers)
    assert "https://art.example/enter/" in answer.text
    assert "max-age" in answer.headers["Strict-Transport-Security"]
