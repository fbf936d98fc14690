"""Estimates, snapshots, and continuing a finished painting."""

from __future__ import annotations

import re

import pytest

from app import wording
from engine.recipe import Recipe, knobs
from engine.recipe.rates import Rates, Sample
from jobs.continuation import continuation_title
from jobs.forecast import estimate_order, forecast
from jobs.job import Queue, Result, Snapshot, Status
from jobs.live import WorkerNote
from tests.unit.app.conftest import WORKER, notices, picture

SCRIPTED = {"Accept": "application/json"}


@pytest.fixture
def kept(submit, studio):
    """Return a finished painting with two snapshots."""
    submit(size="100")
    return finish(studio)


def finish(studio):
    """Finish the next painting in the queue, with two snapshots."""
    claim = studio.store.leases.claim(WORKER)
    job = claim.job
    folder = f"jobs/{job.id}/{claim.token}"
    for place, step in enumerate((5, 12)):
        key = f"{folder}/frames/{step}.jpg"
        studio.media.put(key, picture(60, 40, "JPEG"))
        snapshot = Snapshot(place=place, step=step, progress=step / 20, key=key, width=60, height=40)
        assert studio.store.snapshots.keep(job.id, claim.token, snapshot)
    studio.media.put(f"{folder}/result.png", picture(100, 67))
    result = Result(
        key=f"{folder}/result.png", thumbnail_key=f"{folder}/result.png", width=100, height=67, bytes=9,
        seconds=3.0, backbone="vgg19",
    )  # fmt: skip
    studio.store.leases.finish(job.id, claim.token, result, Status.FINISHED)
    return studio.store.jobs.find(job.id)


def test_the_estimate_follows_the_settings(visitor, studio):
    sample = Sample(key="vgg19/float32", megapixel_steps=1, steps_s=4, seconds=10)
    studio.store.costs.record_trial("here", sample)
    visitor.get("/")
    for query, recipe, min_s in (
        ("size=128&quality=sketch", Recipe(size=128, quality="sketch"), 0),
        ("size=1024", Recipe(size=1024), 60),
    ):
        guess = estimate_order(recipe, (1024, 1024), studio.store.costs.rates())
        assert guess.seconds > min_s
        said = visitor.get(f"/estimate?{query}", headers=SCRIPTED).json["sentence"]
        assert said == wording.estimate_sentence(guess.seconds)
    refused = visitor.get("/estimate?size=1", headers=SCRIPTED)
    assert (refused.status_code, refused.json["error"]["field"]) == (422, "size")


def test_before_anything_is_measured_it_is_called_a_guess(visitor):
    visitor.get("/")
    said = visitor.get("/estimate?size=128", headers=SCRIPTED).json["sentence"]
    guess = estimate_order(Recipe(size=128), (1024, 1024), Rates())
    assert said == wording.estimate_sentence(guess.seconds, guessed=True)
    assert said != wording.estimate_sentence(guess.seconds)


def test_the_form_tells_the_size_and_how_many_are_ahead(visitor, submit, studio):
    job = submit()
    page = visitor.get(f"/?again={job.id}").text
    assert wording.size_sentence(341, 512) in page
    assert wording.waits_before(1) in page
    # An instant style does not wait: it has a queue of its own with other quick work.
    guess = estimate_order(Recipe(feedforward_style="great_wave"), (1024, 1024), studio.store.costs.rates())
    said = visitor.get("/estimate?feedforward_style=great_wave", headers=SCRIPTED).json["sentence"]
    assert said == wording.estimate_sentence(guess.seconds, guessed=True)


def test_a_waiting_painting_shows_when_it_starts(visitor, submit, studio, redis):
    first, second = submit(), submit(size="100")
    studio.live.announce_worker(
        WorkerNote(id="b", queue=Queue.LONG, host="here", backbone="vgg19", problem=None)
    )
    takes = [wording.roughly(forecast(studio.store, job).remaining_s) for job in (first, second)]
    begins = wording.roughly(forecast(studio.store, second).starts_in_s)
    details = [visitor.get(f"/paintings/{job.id}/status").json["detail"] for job in (first, second)]
    assert details == [wording.BEGINS_NOW.format(takes[0]), wording.BEGINS_LATER.format(begins, takes[1])]


def test_snapshots_are_shown_to_their_owner(visitor, stranger, kept):
    page = visitor.get(f"/paintings/{kept.id}").text
    steps = re.findall(rf"/paintings/{kept.id}/frames/(\d+)\.jpg", page)
    assert steps == ["5", "12"]
    path = f"/paintings/{kept.id}/frames/5.jpg"
    assert visitor.get(path).mimetype == "image/jpeg"
    assert visitor.get(f"/paintings/{kept.id}/frames/6.jpg").status_code == 404
    assert stranger.get(path).status_code == 404


def test_a_result_is_continued(visitor, studio, kept):
    answer = visitor.post(f"/paintings/{kept.id}/further", {"size": "200", "strength": "80", "step": ""})
    child = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert (child.parent_id, child.parent_step) == (kept.id, None)
    assert (child.recipe.size, child.recipe.strength, child.recipe.start) == (200, 80, "image")
    assert child.title == continuation_title(kept.title)
    assert f'href="/paintings/{kept.id}"' in visitor.get(answer.location).text
    assert f'href="/paintings/{child.id}"' in visitor.get(f"/paintings/{kept.id}").text


def test_a_snapshot_is_continued_once(visitor, studio, kept):
    first, second = (visitor.post(f"/paintings/{kept.id}/further", {"step": "12"}) for _ in range(2))
    assert first.location == second.location
    assert studio.store.jobs.find(first.location.rsplit("/", 1)[-1]).parent_step == 12
    assert 'id="ancestry" data-step="12"' in visitor.get(first.location).text


def test_a_reloaded_page_can_continue_again(visitor, kept):
    path = f"/paintings/{kept.id}"

    def page():
        form = visitor.get(path).text.split(f'action="{path}/further"')[1].split("</form>")[0]
        return re.search(r'name="order" value="(\w{32})"', form)[1]

    def continue_with(order):
        return visitor.post(f"{path}/further", {"step": "12", "order": order}).location

    order = page()
    first = continue_with(order)
    assert continue_with(order) == first, "a double click"
    visitor.post(f"{first}/cancel")
    assert continue_with(page()) != first


def test_the_lineage_is_shown_from_its_beginning(visitor, studio, kept):
    child = visitor.post(f"/paintings/{kept.id}/further", {"size": "100"}).location.rsplit("/", 1)[-1]
    finish(studio)
    answer = visitor.post(f"/paintings/{child}/further", {"size": "100"})
    page = visitor.get(answer.location).text
    line = re.search(r'id="ancestry" data-step="" data-length="2">(.*?)</p>', page)[1]
    assert re.findall(r'href="/paintings/(\w+)"', line) == [child, kept.id]


def test_an_impossible_continuation_is_refused_with_a_reason(visitor, stranger, studio, kept, submit):
    path = f"/paintings/{kept.id}/further"
    answer = visitor.post(path, {"size": "1"})
    page = visitor.get(answer.location).text
    assert notices(page) == ["out-of-bounds"]
    assert f"{knobs()['size'].label} " in page.split('class="notice"')[1].split("</p>")[0]
    assert visitor.post(path, {"step": "13"}).status_code == 404
    assert stranger.post(path).status_code == 404
    assert visitor.post(f"/paintings/{submit().id}/further").status_code == 404
    studio.media.delete(kept.result.key)
    assert visitor.post(path).location.endswith("#further")
