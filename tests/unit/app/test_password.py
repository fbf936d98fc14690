"""The password of the studio."""

from __future__ import annotations

import re

import pytest

from jobs.password import hash_password, matches
from tests.unit.app.conftest import Visitor

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)


@pytest.fixture
def locked_app(make_app):
    return make_app(password_hash=HASH)


def enter(app, password, **fields):
    visitor = Visitor(app)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/door").text)[1]
    fields = {"csrf_token": token, "password": password} | fields
    return visitor, visitor.post_bare("/door", fields)


def test_a_password_is_hashed_and_only_the_right_one_matches():
    assert PASSWORD not in HASH
    assert hash_password(PASSWORD) != HASH
    assert matches(PASSWORD, HASH)
    for password, kept in (
        ("wrong", HASH),
        (PASSWORD, ""),
        (PASSWORD, "scrypt:1:2"),
        (PASSWORD, "a:b:c:d:e:f"),
    ):
        assert not matches(password, kept)


def test_without_the_password_every_page_is_closed(locked_app):
    visitor = Visitor(locked_app)
    answer = visitor.get("/gallery?q=cat")
    assert (answer.status_code, answer.location) == (303, "/door?next=/gallery?q%3Dcat")
    assert visitor.post_bare("/example").status_code == 400
    assert visitor.get("/estimate", headers={"Accept": "application/json"}).status_code == 401
    assert visitor._client.post("/api/v1/keys").status_code == 401
    assert visitor.get("/api/v1/paintings").status_code == 401
    for path in ("/healthz", "/door", "/api/v1/openapi.json"):
        assert visitor.get(path).status_code == 200


def test_the_right_password_leads_to_the_requested_page(locked_app):
    visitor, answer = enter(locked_app, PASSWORD, next="/gallery?q=cat")
    assert (answer.status_code, answer.location) == (303, "/gallery?q=cat")
    assert visitor.get("/gallery").status_code == 200
    assert visitor.get("/door").location == "/"


def test_a_wrong_password_is_refused_with_a_message(locked_app):
    visitor, answer = enter(locked_app, "wrong")
    assert answer.status_code == 401
    assert re.search(r'id="password-error">[^<]+<', answer.text)
    assert visitor.get("/gallery").status_code == 303


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "/\nevil", ""]
)
def test_the_password_page_redirects_to_no_other_site(locked_app, elsewhere):
    assert enter(locked_app, PASSWORD, next=elsewhere)[1].location == "/"


def test_guesses_are_rate_limited(locked_app):
    answers = [enter(locked_app, f"guess {n}")[1].status_code for n in range(12)]
    assert answers[:10] == [401] * 10
    assert answers[10:] == [429] * 2


def test_a_new_password_ends_every_session(locked_app, make_app):
    visitor, _ = enter(locked_app, PASSWORD)
    other = make_app(password_hash=hash_password("another one"))
    client = other.test_client()
    client.set_cookie("pastiche", visitor.cookie().value)
    assert client.get("/gallery").status_code == 303


def test_shared_pictures_stay_open(make_app, visitor, paint):
    job = paint()
    visitor.post(f"/paintings/{job.id}/share", {"shared": "yes"})
    shared = re.search(r"/shared/[\w-]+", visitor.get(f"/paintings/{job.id}").text)[0]
    stranger = Visitor(make_app(password_hash=HASH))
    assert stranger.get(shared).status_code == 200
    assert stranger.get(f"{shared}/picture.webp").status_code == 200
    assert stranger.get(f"/paintings/{job.id}").status_code == 303
