"""Films: requesting them, their progress, and sending them in full and in ranges."""

from __future__ import annotations

import re

import pytest

from jobs.films import FilmNote, film_key
from jobs.job import Queue, Result, Status
from tests.unit.app.conftest import WORKER, notices, picture
from tests.unit.app.test_api import Program
from tests.unit.app.test_continuation import SCRIPTED, kept

__all__ = ["kept"]


@pytest.fixture
def app(make_app, redis):
    return make_app(redis_url=redis.url)


def film(page: str, kind: str) -> str:
    """Return what a page shows of a film format, starting with its state."""
    return re.search(rf'action="[^"]+/films/{kind}" method="post" (.*?)</form>', page, re.S)[1]


def test_a_film_is_requested_once_and_reports_its_progress(visitor, studio, kept):
    path = f"/paintings/{kept.id}/films/mp4"
    assert visitor.get(path).json["state"] == "none"
    asked = visitor.post(path, headers=SCRIPTED)
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    visitor.post(path, headers=SCRIPTED)
    assert studio.queue.calls(Queue.QUICK) == 1
    studio.live.report_film(kept.id, "mp4", FilmNote(state="making", progress=0.5))
    assert visitor.get(path).json["percent"] == 50
    assert visitor.get(f"/paintings/{kept.id}/film.mp4").status_code == 404
    studio.media.put(film_key(kept.id, "mp4"), b"0123456789")
    ready = visitor.get(path).json
    assert (ready["state"], ready["url"]) == ("ready", f"/paintings/{kept.id}/film.mp4")
    assert visitor.post(path, headers=SCRIPTED).status_code == 200


def test_a_film_that_is_finished_during_the_request_is_found(visitor, studio, kept, monkeypatch):
    def finish_meanwhile(job_id, format):
        studio.media.put(film_key(job_id, format), b"0123456789")

    monkeypatch.setattr(studio.live, "film_note", finish_meanwhile)
    assert visitor.get(f"/paintings/{kept.id}/films/mp4").json["state"] == "ready"


def test_a_film_is_sent_in_full_or_in_parts_to_its_owner_only(visitor, stranger, studio, kept):
    studio.media.put(film_key(kept.id, "mp4"), b"0123456789")
    path = f"/paintings/{kept.id}/film.mp4"
    whole = visitor.get(path)
    assert (whole.data, whole.mimetype, whole.headers["Accept-Ranges"]) == (
        b"0123456789",
        "video/mp4",
        "bytes",
    )
    part = visitor.get(path, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert visitor.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert "attachment" in visitor.get(f"{path}?download").headers["Content-Disposition"]
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"/paintings/{kept.id}/films/mp4").status_code == 404
    assert visitor.get(f"/paintings/{kept.id}/film.avi").status_code == 404


def test_without_scripts_the_page_shows_the_state(visitor, studio, kept):
    answer = visitor.post(f"/paintings/{kept.id}/films/gif")
    assert answer.location.endswith(f"/paintings/{kept.id}?film=gif#film")
    page = visitor.get(answer.location).text
    assert film(page, "gif").startswith('data-state="waiting"')
    assert visitor.get(f"/paintings/{kept.id}/films/gif").json["sentence"] in film(page, "gif")
    assert '<noscript><meta http-equiv="refresh" content="20;url=' in page
    studio.live.report_film(kept.id, "gif", FilmNote(state="failed", problem="No room at all."))
    failed = film(visitor.get(answer.location).text, "gif")
    assert failed.startswith('data-state="failed"')
    assert "No room at all." in failed
    studio.media.put(film_key(kept.id, "gif"), b"x")
    assert f'href="/paintings/{kept.id}/film.gif?download"' in visitor.get(answer.location).text


def test_a_painting_under_way_has_no_film(visitor, submit):
    job = submit()
    assert visitor.post(f"/paintings/{job.id}/films/mp4").status_code == 404
    assert 'id="film"' not in visitor.get(f"/paintings/{job.id}").text


def test_the_api_makes_films_too(app, studio):
    program = Program(app)
    job_id = program.order(recipe={"size": 64}).json["id"]
    assert program("POST", f"/paintings/{job_id}/film.webp").status_code == 404, "it is not painted yet"
    _finish(studio, job_id)
    assert program("GET", f"/paintings/{job_id}/film.webp").status_code == 404, "nobody asked for it"
    assert program("POST", f"/paintings/{job_id}/film.webp").json == {"state": "waiting", "percent": 0}
    waiting = program("GET", f"/paintings/{job_id}/film.webp")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "1")
    studio.live.report_film(job_id, "webp", FilmNote(state="failed", problem="No."))
    assert program("GET", f"/paintings/{job_id}/film.webp").json["error"]["message"] == "No."
    studio.media.put(film_key(job_id, "webp"), b"film")
    assert program("GET", f"/paintings/{job_id}/film.webp").data == b"film"
    assert program("GET", f"/paintings/{job_id}/film.png").status_code == 404


def _finish(studio, job_id):
    claim = studio.store.leases.claim(WORKER)
    studio.media.put("jobs/x/result.png", picture(60, 40))
    result = Result(
        key="jobs/x/result.png", thumbnail_key="jobs/x/result.png", width=60, height=40, bytes=9, seconds=3.0,
        backbone="vgg19",
    )  # fmt: skip
    assert studio.store.leases.finish(job_id, claim.token, result, Status.FINISHED)


class TestWithoutRedis:
    @pytest.fixture
    def app(self, make_app):
        return make_app()

    def test_a_film_is_refused(self, visitor, kept):
        path = f"/paintings/{kept.id}/films/mp4"
        refused = visitor.post(path, headers=SCRIPTED)
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")
        assert notices(visitor.get(visitor.post(path).location).text) == ["unavailable"]
