"""Films are requested once, followed and forgotten, with a real Redis or without one."""

import pytest

from jobs.films import FilmNote, film_key, films_folder
from jobs.live import Live


@pytest.fixture
def live(redis):
    live = Live.open(redis.url)
    yield live
    live.close()


def test_only_the_first_request_calls_a_worker(live):
    assert live.film_note("j", "mp4") is None
    assert [live.request_film("j", "mp4") for _ in range(2)] == [True, False]
    assert live.request_film("j", "gif")
    assert live.film_note("j", "mp4") == FilmNote(state="waiting")
    live.report_film("j", "mp4", FilmNote(state="making", progress=0.25))
    assert not live.request_film("j", "mp4")
    assert live.film_note("j", "mp4").progress == 0.25


def test_a_failed_or_finished_film_can_be_requested_again(live):
    live.request_film("j", "mp4")
    live.report_film("j", "mp4", FilmNote(state="failed", problem="No."))
    assert live.film_note("j", "mp4").problem == "No."
    assert live.request_film("j", "mp4")
    live.forget_film("j", "mp4")
    assert live.request_film("j", "mp4")


def test_without_redis_no_film_can_be_requested(tmp_path):
    live = Live.open(f"unix://{tmp_path}/no.sock")
    assert live.request_film("j", "mp4") is None
    assert live.film_note("j", "mp4") is None
    live.close()


def test_a_film_is_kept_with_its_job():
    assert film_key("j", "gif").startswith(films_folder("j"))
    assert films_folder("j").startswith("jobs/j/")
