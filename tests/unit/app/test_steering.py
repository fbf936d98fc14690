"""Steering a painting, pausing it, its log and its loss curve."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from app.rules.paintings import CURVE_HEIGHT, CURVE_WIDTH, loss_curve
from app.wording import EVENT_SENTENCES, NO_SHARE, PAUSING, event_sentence
from engine.recipe import knobs
from jobs.job import Event, Status
from jobs.live import Progress
from tests.unit.app.conftest import WORKER, notices, picture

SCRIPTED = {"Accept": "application/json"}


@pytest.fixture
def painting(submit, studio):
    job = submit()
    claim = studio.store.leases.claim(WORKER)
    studio.store.leases.heartbeat(job.id, claim.token, step=3, progress=0.25, patience_s=60)
    return job


def steer(visitor, job, headers=None, **values):
    return visitor.post(f"/paintings/{job.id}/steer", values, headers=headers)


def staged_mask(visitor):
    data = {"role": "mask", "file": (io.BytesIO(picture()), "mask.png")}
    return visitor.post("/uploads", data).json["id"]


def test_a_slider_changes_only_its_own_setting(visitor, painting, studio):
    answer = steer(visitor, painting, SCRIPTED, strength="70")
    assert answer.status_code == 200
    assert answer.json["sliders"] == {"strength": 70, "keep_colours": 0, "smoothness": 20}
    assert answer.json["recipe_version"] == 1
    steer(visitor, painting, SCRIPTED, keep_colours="30")
    recipe = studio.store.jobs.find(painting.id).recipe
    assert (recipe.strength, recipe.keep_colours, recipe.smoothness) == (70, 30, 20)


def test_without_scripts_steering_is_a_form(visitor, painting, studio):
    page = visitor.get(f"/paintings/{painting.id}").text
    names = re.findall(r'type="number" id="(\w+)"', page)
    assert names == ["strength", "keep_colours", "smoothness"]
    answer = steer(visitor, painting, strength="61", keep_colours="0", smoothness="20")
    assert answer.location == f"/paintings/{painting.id}"
    assert studio.store.jobs.find(painting.id).recipe.strength == 61
    assert 'name="strength" value="61"' in visitor.get(answer.location).text


@pytest.mark.parametrize("value", ["101", "nan", "", "a lot"])
def test_a_value_out_of_bounds_is_refused(visitor, painting, studio, value):
    answer = steer(visitor, painting, SCRIPTED, strength=value)
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "bad_value", "strength")
    page = visitor.get(steer(visitor, painting, strength=value).location).text
    assert notices(page) == ["out-of-bounds"]
    knob = knobs()["strength"]
    for fact in (knob.label, knob.bounds, f"“{value}" if value else ""):
        assert fact in error["message"]
        assert fact in page.split('class="notice"')[1].split("</p>")[0]
    assert ("“" in error["message"]) is bool(value)
    assert studio.store.jobs.find(painting.id).recipe_version == 0


def test_the_mix_of_styles_is_steered_share_by_share(visitor, studio):
    styles = [(io.BytesIO(picture(40 + n, 40)), f"style{n}.png") for n in range(2)]
    answer = visitor.post("/paintings", {"photo": (io.BytesIO(picture()), "a.png"), "style": styles})
    job = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert steer(visitor, job, SCRIPTED, **{"share-1": "80"}).json["sliders"]["share-1"] == 80
    assert studio.store.jobs.find(job.id).recipe.style_weights == (50, 80)
    steer(visitor, job, SCRIPTED, **{"share-0": "0"})
    refused = steer(visitor, job, SCRIPTED, **{"share-1": "0"})
    assert refused.json["error"]["message"] == NO_SHARE
    refused = steer(visitor, job, SCRIPTED, **{"share-1": "1, 2"})
    assert refused.status_code == 422


def test_two_pages_do_not_undo_each_other(visitor, painting, studio, monkeypatch):
    real = studio.store.wishes.steer
    raced: list[Any] = []

    def racing(_store, job_id, owner, recipe, **options):
        if not raced:  # another page is faster
            raced.append(real(job_id, owner, studio.store.jobs.find(job_id).recipe.changed(smoothness=77)))
        return real(job_id, owner, recipe, **options)

    monkeypatch.setattr(type(studio.store.wishes), "steer", racing)
    steer(visitor, painting, SCRIPTED, strength="70")
    recipe = studio.store.jobs.find(painting.id).recipe
    assert (recipe.strength, recipe.smoothness) == (70, 77)
    raced.clear()
    visitor.post(f"/paintings/{painting.id}/masks", {"place": "0", "mask": staged_mask(visitor)})
    after = studio.store.jobs.find(painting.id)
    assert (after.recipe, after.masks != (None,), raced) == (recipe, True, [True])


def test_a_finished_painting_cannot_be_steered(visitor, stranger, paint, painting):
    job = paint(size="100")
    assert notices(visitor.get(steer(visitor, job, strength="70").location).text) == ["too-late"]
    assert steer(stranger, painting, strength="70").status_code == 404


def test_a_requested_pause_is_shown_and_can_be_undone(visitor, painting, studio):
    page = f"/paintings/{painting.id}"
    visitor.post(f"{page}/pause")
    shown = visitor.get(page).text
    assert PAUSING in shown
    assert (f'action="{page}/resume"' in shown, f'action="{page}/pause"' in shown) == (True, False)
    visitor.post(f"{page}/resume")
    assert not studio.store.jobs.find(painting.id).pause_requested


def test_the_log_is_written_in_sentences(visitor, painting, studio):
    steer(visitor, painting, SCRIPTED, strength="70")
    visitor.post(f"/paintings/{painting.id}/stop")
    page = visitor.get(f"/paintings/{painting.id}").text
    log = dict(re.findall(r'<li data-kind="([^"]+)">.*?<span>(.*?)</span></li>', page))
    assert list(log) == ["submitted", "claimed", "steered", "stop asked for"]
    for kind in ("submitted", "claimed", "stop asked for"):
        assert log[kind] == EVENT_SENTENCES[kind]
    assert re.fullmatch(rf"{knobs()['strength'].label} .*70 %.* 3", log["steered"])
    ran_short = Event(at=datetime.now(UTC), name="memory ran short", detail="768")
    assert event_sentence(ran_short) == EVENT_SENTENCES["memory ran short"].format(768)
    assert "768 px" in event_sentence(ran_short)


def test_the_curve_stays_within_its_box(visitor):
    losses = [(step, 1.0, 2.0, 10.0 ** (3 - step / 20)) for step in range(50)]
    points = [tuple(map(float, point.split(","))) for point in loss_curve(losses).split()]
    assert len(points) == 50
    assert points[0] == (2, 2)
    assert points[-1] == (CURVE_WIDTH - 2, CURVE_HEIGHT - 2)
    assert all(0 <= x <= CURVE_WIDTH and 0 <= y <= CURVE_HEIGHT for x, y in points)
    assert points == sorted(points)


@pytest.mark.parametrize("losses", [(), [(1, 0, 0, 5.0)] * 2, [(n, 0, 0, float("nan")) for n in range(9)]])
def test_without_enough_losses_there_is_no_curve(losses):
    assert loss_curve(losses) == ""


def test_a_flat_curve_is_a_line():
    assert "nan" not in loss_curve([(n, 0, 0, 5.0) for n in range(9)])


def test_the_page_shows_the_published_curve(visitor, painting, studio, redis):
    losses = tuple((step, 1.0, 2.0, 100.0 - step) for step in range(9))
    studio.live.publish(
        painting.id, Progress(step=9, progress=0.3, seconds_left=9, size=(32, 48), losses=losses)
    )
    state = visitor.get(f"/paintings/{painting.id}/status").json
    assert state["status"] == Status.PAINTING
    assert state["curve"].count(",") == 9
    assert state["curve"] in visitor.get(f"/paintings/{painting.id}").text
