"""The gallery: search, actions on many pictures, labels, sharing and the private link."""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.wording import default_title, deleted_sentence, file_stem
from jobs.job import Status
from tests.support.postgres import VARIABLE
from tests.unit.app.conftest import Visitor, notices

SCRIPTED = {"Accept": "application/json"}
TITLE = default_title("cat.png", ["wave_at_sea.png"])
KEEP_FIRST = '<a href="/gallery/link">'


def shown(page: str) -> list[str]:
    return re.findall(r'<li class="picture-item" id="p-(\w+)"', page)


@dataclass
class PaintedGallery:
    """Three pictures of one visitor, painted once and copied for each test; oldest first."""

    folder: Path
    ids: tuple[str, ...] = ()
    cookie: str = ""

    def keep(self, data: Path, ids: Sequence[str], cookie: str) -> None:
        shutil.copytree(data, self.folder, ignore=shutil.ignore_patterns("pastiche.db*"))
        with closing(sqlite3.connect(data / "pastiche.db")) as db, closing(self._open()) as copy:
            db.backup(copy)
        self.ids, self.cookie = tuple(ids), cookie

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "pastiche.db")


@pytest.fixture(scope="module")
def painted_gallery(tmp_path_factory) -> PaintedGallery:
    return PaintedGallery(tmp_path_factory.mktemp("gallery") / "data")


@pytest.fixture
def settings(settings, request, painted_gallery):
    if painted_gallery.ids and "three" in request.fixturenames:
        shutil.copytree(painted_gallery.folder, settings.data, dirs_exist_ok=True)
    return settings


@pytest.fixture
def three(request, visitor, settings, painted_gallery) -> list[str]:
    """Three pictures, oldest first."""
    if painted_gallery.ids:
        visitor.use_cookie(painted_gallery.cookie)
        return list(painted_gallery.ids)
    paint = request.getfixturevalue("paint")
    ids = [paint(size=str(64 + n)).id for n in range(3)]
    if VARIABLE not in os.environ:
        painted_gallery.keep(settings.data, ids, visitor.cookie().value)
    return ids


def label(visitor, job_id, **values):
    return visitor.post(f"/paintings/{job_id}/label", values, headers=SCRIPTED)


def test_pictures_are_searched_by_words_and_stars(visitor, three):
    label(visitor, three[0], title="Tiger", rating="4", note="For Grandmother")
    for query in ("q=tiger", "q=GRANDMOTHER", "rating=4", "q=tiger+wave&rating=1&status=finished"):
        assert shown(visitor.get(f"/gallery?{query}").text) == [three[0]]
    assert shown(visitor.get("/gallery?q=cat").text) == [three[2], three[1]]
    nothing = visitor.get("/gallery?q=zebra").text
    assert 'id="gallery-ready" data-state="nothing-found"' in nothing
    assert re.search(r'id="show-all" href="/gallery">[^<]', nothing)


def test_pictures_are_filtered_by_style_status_and_date(visitor, three, studio):
    day = studio.store.jobs.find(three[0]).finished_at.date().isoformat()
    assert len(shown(visitor.get("/gallery?style=wave_at_sea.png").text)) == 3
    assert shown(visitor.get("/gallery?style=other").text) == []
    assert shown(visitor.get("/gallery?status=stopped").text) == []
    assert len(shown(visitor.get(f"/gallery?since={day}&until={day}").text)) == 3
    assert shown(visitor.get("/gallery?until=2020-01-01").text) == []


@pytest.mark.parametrize("query", ["rating=many", "rating=-1", "status=queued", "since=soon", "before=x"])
def test_a_filter_that_makes_no_sense_is_ignored(visitor, three, query):
    assert len(shown(visitor.get(f"/gallery?{query}").text)) == 3


def test_the_link_to_older_pictures_keeps_the_filter(visitor, three, monkeypatch):
    monkeypatch.setattr("app.pages.gallery._PAGE", 2)
    page = visitor.get("/gallery?q=cat").text
    older = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
    assert "q=cat" in older
    assert shown(visitor.get(older).text) == [three[0]]


def test_many_pictures_are_deleted_and_restored(visitor, stranger, three):
    answer = visitor.post("/gallery/delete", {"id": three[:2]})
    page = visitor.get(answer.location).text
    assert notices(page) == ["deleted"]
    assert deleted_sentence(2) in page
    assert shown(page) == [three[2]]
    assert visitor.get(f"/paintings/{three[0]}").status_code == 404
    assert visitor.get(f"/files/paintings/{three[0]}/picture.webp").status_code == 404
    undo = re.search(r'name="undo" value="(\d+)"', page)[1]
    refused = stranger.post("/gallery/undo", {"undo": undo}).location
    assert notices(stranger.get(refused).text) == ["restored-too-late"]
    visitor.post("/gallery/undo", {"undo": undo})
    assert shown(visitor.get("/gallery").text) == three[::-1]


def test_a_single_deleted_picture_is_named_next_to_undo(visitor, three):
    label(visitor, three[0], title="Tiger")
    address = visitor.post("/gallery/delete", {"id": three[:1]}).location
    banner = re.compile(
        r'<div class="notice" data-code="deleted"><p role="status">([^<]+)</p><form action="/gallery/undo"'
    )
    assert banner.search(visitor.get(address).text)[1] == deleted_sentence(1, "Tiger")
    assert banner.search(visitor.get(address).text), "a reload no longer offers it"
    assert not banner.search(visitor.get("/gallery").text)


def test_a_picture_deleted_on_its_page_can_be_restored(visitor, three):
    answer = visitor.post(f"/paintings/{three[0]}/delete")
    undo = re.search(r"undo=(\d+)", answer.location)[1]
    visitor.post("/gallery/undo", {"undo": undo})
    assert visitor.get(f"/paintings/{three[0]}").status_code == 200


def test_other_visitors_pictures_cannot_be_deleted(stranger, three, studio):
    answer = stranger.post("/gallery/delete", {"id": three})
    assert notices(stranger.get(answer.location).text) == ["nothing-chosen"]
    assert studio.store.jobs.find(three[0]).status is Status.FINISHED


def test_many_pictures_are_downloaded_in_one_archive(visitor, stranger, three, studio):
    answer = visitor.post("/gallery/download", {"id": three})
    assert answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    stem = file_stem(TITLE)
    assert archive.namelist() == [f"{stem}.png", f"{stem}-2.png", f"{stem}-3.png"]
    assert archive.read(f"{stem}.png") == studio.media.get(studio.store.jobs.find(three[0]).result.key)
    assert stranger.post("/gallery/download", {"id": three}).status_code == 303


def test_the_archive_leaves_out_a_missing_picture(visitor, three, studio):
    studio.media.delete(studio.store.jobs.find(three[1]).result.key)
    answer = visitor.post("/gallery/download", {"id": three})
    assert len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == 2


def test_two_pictures_are_compared(visitor, stranger, three):
    page = visitor.get(visitor.post("/gallery/compare", {"id": three[:2]}).location).text
    assert all(f"/files/paintings/{job}/picture.webp" in page for job in three[:2])
    assert page.count("<dd>Wave at sea</dd>") == 2
    one = visitor.get(f"/compare?id={three[0]}", follow_redirects=True)
    assert (one.request.path, notices(one.text)) == ("/gallery", ["not-two"])
    assert stranger.get(f"/compare?id={three[0]}&id={three[1]}").status_code == 303


def test_title_rating_and_note_are_saved(visitor, three):
    assert label(visitor, three[0], title=" A  tiger ", rating="5", note="a\r\nb").json == {
        "title": "A tiger",
        "rating": 5,
        "note": "a\nb",
    }
    assert label(visitor, three[0], title="  ").json["title"] == "A tiger"
    page = visitor.get(f"/paintings/{three[0]}").text
    assert 'value="5" checked' in page
    assert "a\nb</textarea>" in page
    assert 'class="stars" data-rating="5"' in visitor.get("/gallery").text
    assert visitor.post(f"/paintings/{three[0]}/label", {"rating": "2"}).status_code == 303


@pytest.mark.parametrize("rating", ["6", "-1", "x", ""])
def test_a_rating_out_of_bounds_is_refused(visitor, three, rating):
    assert label(visitor, three[0], rating=rating).status_code == 422


def test_only_the_owner_can_label_and_share(stranger, three):
    assert label(stranger, three[0], title="Mine").status_code == 404
    assert stranger.post(f"/paintings/{three[0]}/share", {"shared": "yes"}).status_code == 404


def test_a_shared_picture_is_visible_until_sharing_ends(visitor, app, three):
    anybody = Visitor(app)
    visitor.post(f"/paintings/{three[0]}/share", {"shared": "yes"})
    page = visitor.get(f"/paintings/{three[0]}").text
    link = re.search(r">http://localhost(/shared/\w+)<", page)[1]
    seen = anybody.get(link)
    assert TITLE in seen.text
    assert three[0] not in seen.text
    picture = anybody.get(f"{link}/picture.webp")
    assert picture.mimetype == "image/webp"
    assert anybody.get(f"/paintings/{three[0]}").status_code == 404
    ended = visitor.post(f"/paintings/{three[0]}/share", {"shared": "no"}).location
    assert 'role="status" data-code="share-ended">' in visitor.get(ended).text
    assert anybody.get(link).status_code == 404
    assert anybody.get(f"{link}/picture.webp").status_code == 404


def test_a_deleted_picture_is_no_longer_shared(visitor, app, three):
    visitor.post(f"/paintings/{three[0]}/share", {"shared": "yes"})
    link = re.search(r">http://localhost(/shared/\w+)<", visitor.get(f"/paintings/{three[0]}").text)[1]
    visitor.post(f"/paintings/{three[0]}/delete")
    assert Visitor(app).get(link).status_code == 404


def test_the_private_link_opens_the_gallery_elsewhere(visitor, stranger, three):
    page = visitor.get("/gallery/link").text
    link = re.search(r">http://localhost(/enter/[^<]+)<", page)[1]
    assert '<form method="post">' not in visitor.get(link).text
    asked = stranger.get(link).text
    assert '<form method="post">' in asked
    assert KEEP_FIRST not in asked
    assert shown(stranger.get("/gallery").text) == []
    assert stranger.post(link).location == "/gallery"
    assert shown(stranger.get("/gallery").text) == three[::-1]
    assert stranger.get(f"{link}x").status_code == 404


def test_a_private_link_warns_a_browser_that_has_pictures(visitor, stranger, three):
    link = re.search(r">http://localhost(/enter/[^<]+)<", stranger.get("/gallery/link").text)[1]
    assert KEEP_FIRST in visitor.get(link).text


@pytest.mark.parametrize(
    ("address", "status"),
    [("/shared/%00", 404), ("/?again=%00", 400), ("/gallery?before=1-%00", 400), ("/compare?id=%00", 400)],
)
def test_an_address_with_a_nul_is_refused(visitor, three, address, status):
    assert visitor.get(address).status_code == status


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/paintings/{}/label", {"title": "a\0b"}),
        ("/gallery/delete", {"id": "\0"}),
        ("/gallery/undo", {"\0": "1"}),
    ],
)
def test_a_form_with_a_nul_is_refused(visitor, three, studio, path, sent):
    assert visitor.post(path.format(three[0]), sent).status_code == 400
    assert studio.store.jobs.find(three[0]).title == TITLE
