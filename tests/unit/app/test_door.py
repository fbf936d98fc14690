"""The studio's own password."""

from __future__ import annotations

import re

import pytest

from jobs.password import hash_password, matches
from tests.unit.app.conftest import Visitor

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)


@pytest.fixture
def closed(make_app):
    return make_app(password_hash=HASH)


def knock(app, password, **fields):
    visitor = Visitor(app)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/door").text)[1]
    fields = {"csrf_token": token, "password": password} | fields
    return visitor, visitor.post_bare("/door", fields)


def test_only_a_hash_is_kept_and_only_its_password_matches():
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


def test_nobody_gets_in_without_it(closed):
    visitor = Visitor(closed)
    answer = visitor.get("/gallery?q=cat")
    assert (answer.status_code, answer.location) == (303, "/door?next=/gallery?q%3Dcat")
    assert visitor.post_bare("/example").status_code == 400
    assert visitor.get("/estimate", headers={"Accept": "application/json"}).status_code == 401
    assert visitor._client.post("/api/v1/keys").status_code == 401
    assert visitor.get("/api/v1/paintings").status_code == 401
    for path in ("/healthz", "/door", "/api/v1/openapi.json"):
        assert visitor.get(path).status_code == 200


def test_whoever_knows_it_comes_in_and_goes_where_they_wanted(closed):
    visitor, answer = knock(closed, PASSWORD, next="/gallery?q=cat")
    assert (answer.status_code, answer.location) == (303, "/gallery?q=cat")
    assert visitor.get("/gallery").status_code == 200
    assert visitor.get("/door").location == "/"


def test_a_wrong_password_is_said(closed):
    visitor, answer = knock(closed, "wrong")
    assert answer.status_code == 401
    assert re.search(r'id="password-error">[^<]+<', answer.text)
    assert visitor.get("/gallery").status_code == 303


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "/\nevil", ""]
)
def test_the_door_leads_nowhere_else(closed, elsewhere):
    assert knock(closed, PASSWORD, next=elsewhere)[1].location == "/"


def test_guessing_is_slow(closed):
    answers = [knock(closed, f"guess {n}")[1].status_code for n in range(12)]
    assert answers[:10] == [401] * 10
    assert answers[10:] == [429] * 2


def test_a_new_password_asks_everybody_again(closed, make_app):
    visitor, _ = knock(closed, PASSWORD)
    other = make_app(password_hash=hash_password("another one"))
    client = other.test_client()
    client.set_cookie("pastiche", visitor.cookie().value)
    assert client.get("/gallery").status_code == 303


def test_links_to_single_pictures_stay_open(make_app, visitor, paint):
    job = paint()
    visitor.post(f"/paintings/{job.id}/share", {"shared": "yes"})
    shared = re.search(r"/shared/[\w-]+", visitor.get(f"/paintings/{job.id}").text)[0]
    stranger = Visitor(make_app(password_hash=HASH))
    assert stranger.get(shared).status_code == 200
    assert stranger.get(f"{shared}/picture.webp").status_code == 200
    assert stranger.get(f"/paintings/{job.id}").status_code == 303
