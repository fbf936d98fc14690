"""A painting's page, its status and previews, and what its owner can do with it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from app import wording
from engine.imaging import images
from jobs.job import Queue, Status
from jobs.live import Progress, WorkerNote
from tests.unit.app.conftest import WORKER, Visitor, error_code, notices, picture


@pytest.fixture
def painting(submit, studio):
    """Order a painting that a worker has started."""
    job = submit()
    claim = studio.store.leases.claim(WORKER)
    studio.store.leases.heartbeat(job.id, claim.token, step=3, progress=0.25, patience_s=60)
    return job


def status_of(visitor, job, **headers):
    return visitor.get(f"/paintings/{job.id}/status", headers=headers)


def offered(page: str) -> set[str]:
    """Return the actions that a painting's page offers."""
    actions = "stop|cancel|pause|resume|retry|delete"
    return set(re.findall(rf'action="/paintings/\w+/({actions})"', page))


def progress(step, share):
    return Progress(step=step, progress=share, seconds_left=90, size=(32, 48))


def test_a_painting_shows_its_photo_until_there_is_more(visitor, painting):
    page = visitor.get(f"/paintings/{painting.id}").text
    assert 'http-equiv="refresh"' in page
    assert 'id="painting" data-status="painting"' in page
    assert f'id="sentence" role="status">{wording.painting_sentence(None)}<' in page
    preview = visitor.get(f"/paintings/{painting.id}/preview")
    assert preview.mimetype == "image/webp"
    assert Image.open(io.BytesIO(preview.data)).size == (48, 32)


def test_status_and_preview_follow_the_worker(visitor, painting, studio, redis):
    before = status_of(visitor, painting).json
    studio.live.publish(painting.id, progress(7, 0.42), picture(30, 20, "JPEG"), 5)
    answer = status_of(visitor, painting)
    state = answer.json
    assert (state["status"], state["percent"], state["step"]) == ("painting", 42, 7)
    assert state["sentence"] == wording.painting_sentence(90)
    assert state["version"] != before["version"]
    shown = visitor.get(state["preview"])
    assert (shown.mimetype, Image.open(io.BytesIO(shown.data)).size) == ("image/jpeg", (30, 20))

    studio.live.publish(painting.id, progress(8, 0.5))
    assert status_of(visitor, painting).json["version"] == state["version"]


def test_an_unchanged_status_or_preview_is_not_sent_again(visitor, painting, studio, redis):
    studio.live.publish(painting.id, progress(7, 0.42), picture(30, 20, "JPEG"), 5)
    etag = status_of(visitor, painting).headers["ETag"]
    same = status_of(visitor, painting, **{"If-None-Match": etag})
    assert (same.status_code, same.data) == (304, b"")

    preview = visitor.get(f"/paintings/{painting.id}/preview")
    again = {"If-None-Match": preview.headers["ETag"]}
    assert visitor.get(f"/paintings/{painting.id}/preview", headers=again).status_code == 304

    studio.live.publish(painting.id, progress(9, 0.5), picture(30, 20, "JPEG"), 6)
    assert status_of(visitor, painting, **{"If-None-Match": etag}).status_code == 200
    assert visitor.get(f"/paintings/{painting.id}/preview", headers=again).status_code == 200


def test_an_unchanged_photo_is_not_sent_again(visitor, painting):
    first = visitor.get(f"/paintings/{painting.id}/preview")
    again = visitor.get(f"/paintings/{painting.id}/preview", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_place_in_the_queue_is_shown(visitor, app, submit, studio):
    first, second = submit(), submit(size="100")
    assert status_of(visitor, first).json["sentence"] == wording.NEXT_IN_LINE
    assert status_of(visitor, second).json["sentence"] == wording.waiting_sentence(1)


def test_the_network_or_what_is_missing_is_shown(visitor, submit, studio, redis):
    assert wording.NO_PAINTER in visitor.get("/").text
    sentence = "No file: run `python -m engine weights fetch`."
    note = WorkerNote(id="a", queue=Queue.LONG, host="here", backbone=None, problem=sentence)
    studio.live.announce_worker(note)
    for page in ("/", "/gallery", "/about"):
        assert sentence in visitor.get(page).text
    state = status_of(visitor, submit()).json
    assert state["sentence"] == wording.NO_NETWORK
    assert state["detail"] == sentence
    studio.live.announce_worker(
        WorkerNote(id="b", queue=Queue.LONG, host="here", backbone="vgg19", problem=None)
    )
    page = visitor.get("/").text
    assert 'id="painter" data-networks="vgg19"' in page
    assert sentence not in page
    studio.live.announce_worker(
        WorkerNote(id="c", queue=Queue.LONG, host="attic pid:[4026531836]", backbone="vgg19", problem=None)
    )
    about = visitor.get("/about").text
    assert 'data-machine="attic"' in about
    assert "“attic”" in about
    assert "4026531836" not in about


def test_stop_cancel_and_delete_work_without_scripts(visitor, painting, studio):
    path = f"/paintings/{painting.id}"
    assert visitor.post(f"{path}/stop").location == path
    assert studio.store.jobs.find(painting.id).stop_requested
    assert wording.STOPPING in visitor.get(path).text
    assert visitor.post(f"{path}/cancel").location == "/gallery"
    assert studio.store.jobs.find(painting.id).status is Status.CANCELLED
    assert notices(visitor.get("/gallery").text) == ["cancelled"]
    assert visitor.post(f"{path}/delete").status_code == 303
    assert visitor.get(path).status_code == 404


def test_pause_resume_and_retry(visitor, submit, studio):
    job = submit()
    path = f"/paintings/{job.id}"
    visitor.post(f"{path}/pause")
    assert offered(visitor.get(path).text) == {"resume", "cancel"}
    visitor.post(f"{path}/resume")
    assert offered(visitor.get(path).text) == {"pause", "cancel"}
    claim = studio.store.leases.claim(WORKER)
    assert claim is not None
    studio.store.leases.fail(job.id, claim.token, "No memory.")
    page = visitor.get(path).text
    assert "No memory." in page
    assert offered(page) == {"retry", "delete"}
    visitor.post(f"{path}/retry")
    assert studio.store.jobs.find(job.id).status is Status.QUEUED


def test_a_paused_painting_shows_its_progress_and_can_be_saved(visitor, painting, studio, redis):
    path = f"/paintings/{painting.id}"
    losses = tuple((float(step), 1.0, 1.0, 10.0 / step) for step in range(1, 5))
    studio.live.publish(painting.id, replace(progress(7, 0.25), losses=losses))
    visitor.post(f"{path}/pause")
    (lease,) = studio.store.leases.held()
    studio.store.leases.keep_checkpoint(painting.id, lease.token, "c", 7)
    studio.store.leases.hand_over(painting.id, lease.token)
    page = visitor.get(path).text
    assert 'id="percent">25 %<' in page
    assert 'id="curve">' in page
    assert offered(page) == {"resume", "stop", "cancel"}
    visitor.post(f"{path}/stop")
    state = status_of(visitor, painting).json
    assert (state["status"], state["sentence"]) == ("queued", wording.WAITING_TO_BE_KEPT)
    assert offered(visitor.get(path).text) == {"cancel"}


def reload_seconds(page: str) -> int | None:
    """Return after how many seconds a page without scripts reloads, or None."""
    found = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)', page)
    return int(found[1]) if found else None


def test_without_scripts_there_is_time_to_read_and_type(visitor, painting, studio):
    path = f"/paintings/{painting.id}"
    assert 20 <= reload_seconds(visitor.get(path).text) <= 30
    assert 20 <= reload_seconds(visitor.get("/gallery").text) <= 30
    visitor.post(f"{path}/pause")
    (lease,) = studio.store.leases.held()
    studio.store.leases.hand_over(painting.id, lease.token)
    assert studio.store.jobs.find(painting.id).status is Status.PAUSED
    assert reload_seconds(visitor.get(path).text) is None
    assert reload_seconds(visitor.get("/gallery").text) is None


def test_the_log_names_its_time_zone(visitor, painting):
    page = visitor.get(f"/paintings/{painting.id}").text
    assert re.search(r"\bUTC\b", page.split('id="happened"')[1].split("</details>")[0])


def test_an_action_that_comes_too_late_is_reported(visitor, paint):
    job = paint()
    answer = visitor.post(f"/paintings/{job.id}/stop", follow_redirects=True)
    assert notices(answer.text) == ["too-late"]


def test_a_finished_picture_is_shown_and_downloaded(visitor, paint):
    job = paint(strength="61")
    page = visitor.get(f"/paintings/{job.id}").text
    assert 'http-equiv="refresh"' not in page
    made = re.search(r'id="made" data-network="vgg19">(.*?)</p>', page)[1]
    assert all(fact in made for fact in ("60 × 40", wording.network_name("vgg19"), wording.duration(3)))
    for ending, kind in (("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")):
        answer = visitor.get(f"/files/paintings/{job.id}/download.{ending}")
        assert f'filename="{wording.file_stem(job.title)}.{ending}"' in answer.headers["Content-Disposition"]
        assert Image.open(io.BytesIO(answer.data)).format == kind
        assert images.read_recipe(answer.data) == job.recipe
    assert visitor.get(f"/files/paintings/{job.id}/download.gif").status_code == 404
    thumbnail = visitor.get(f"/files/paintings/{job.id}/thumbnail.webp")
    assert "immutable" in thumbnail.headers["Cache-Control"]
    again = {"If-None-Match": thumbnail.headers["ETag"]}
    assert visitor.get(f"/files/paintings/{job.id}/thumbnail.webp", headers=again).status_code == 304


def test_a_phone_is_offered_a_smaller_thumbnail(visitor, paint):
    small, large = paint(), paint(shape=(640, 400))
    page = visitor.get("/gallery").text
    offered = f"/files/paintings/{large.id}/thumbnail-320.webp"
    assert f'srcset="{offered} 200w, /files/paintings/{large.id}/thumbnail.webp 300w"' in page
    assert f"/files/paintings/{small.id}/thumbnail-320.webp" not in page
    assert Image.open(io.BytesIO(visitor.get(offered).data)).size == (200, 320)
    assert visitor.get(offered.replace("320", "321")).status_code == 404


def test_the_gallery_shows_the_newest_first_in_pages(visitor, paint, monkeypatch):
    monkeypatch.setattr("app.pages.gallery._PAGE", 2)
    ids = [paint(size=str(64 + n)).id for n in range(3)]
    page = visitor.get("/gallery").text
    assert page.index(ids[2]) < page.index(ids[1])
    assert ids[0] not in page
    assert f"#p-{ids[2]} {{ --ratio: 1.5000; }}" in page
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert ids[0] in visitor.get(older).text


def test_the_gallery_shows_paintings_under_way(visitor, painting):
    page = visitor.get("/gallery").text
    assert f"/paintings/{painting.id}/status" in page
    assert 'http-equiv="refresh"' in page


def test_other_visitors_see_nothing(visitor, stranger, app, paint, studio):
    job = paint()
    stranger.get("/")
    nobody = Visitor(app)
    reads = (
        f"/paintings/{job.id}",
        f"/paintings/{job.id}/status",
        f"/paintings/{job.id}/preview",
        f"/files/paintings/{job.id}/thumbnail.webp",
        f"/files/paintings/{job.id}/picture.webp",
        f"/files/paintings/{job.id}/download.png",
        f"/files/uploads/{job.content.id}/640.webp",
    )
    for path in reads:
        assert visitor.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
        assert nobody.get(path).status_code == 404
    for action in ("stop", "cancel", "pause", "resume", "retry", "delete"):
        assert stranger.post(f"/paintings/{job.id}/{action}").status_code == 404
    assert studio.store.jobs.find(job.id) is not None
    assert job.id not in stranger.get("/gallery").text
    assert job.content.id not in stranger.get(f"/?again={job.id}").text
    stolen = stranger.order(photo=None, photo_id=job.content.id)
    assert stolen.status_code == 422


def test_uploads_return_json(visitor):
    token = visitor.token()

    def stage(data, name="cat.png", role="content", token=token):
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        return visitor.post_bare(
            "/uploads", {"role": role, "file": (io.BytesIO(data), name)}, headers=headers
        )

    staged = stage(picture(48, 32))
    assert staged.status_code == 201
    assert (staged.json["name"], staged.json["width"], staged.json["height"]) == ("cat.png", 48, 32)
    assert visitor.get(staged.json["url"]).status_code == 200

    bad = stage(b"not a picture", "cat.jpg")
    assert bad.status_code == 422
    assert bad.json["error"].keys() == {"code", "message", "field"}
    assert bad.json["error"]["field"] == "photo"
    assert "“cat.jpg”" in bad.json["error"]["message"]
    assert stage(b"", role="style").json["error"]["field"] == "style"
    assert stage(picture(), role="other").status_code == 400
    assert stage(picture(), token="stale").json["error"]["code"] == "csrf"


def test_errors_are_json_for_scripts_and_pages_for_people(visitor):
    missing = f"/paintings/{'0' * 32}/status"
    scripted = visitor.get(missing, headers={"Accept": "application/json"})
    assert json.loads(scripted.data)["error"]["code"] == "not_found"
    page = visitor.get("/nowhere", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert error_code(page.text) == "not_found"
