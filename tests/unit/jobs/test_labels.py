"""Titles, ratings, notes, shared links, the search and the bin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.recipe import Recipe
from jobs.job import Order, Queue, Result, Status, WorkerIdentity
from jobs.store.gallery import Label, Search

WORKER = WorkerIdentity(host="here", pid=1, process_started="1", queue=Queue.LONG)


@pytest.fixture
def store(desk):
    return desk.store


@pytest.fixture
def hang(store, clock):
    """Finish a painting with a title and a style; return its id."""
    count = 0

    def hang(title="Cat", style="wave.png", owner="anna", status=Status.FINISHED, token=None):
        nonlocal count
        count += 1
        clock.sleep(1)
        ids = {
            role: store.uploads.stage(
                owner=owner, sha256=f"{name}{role}", role=role, name=name, width=9, height=9, bytes=9,
                suffix=".png", expiry_s=99,
            ).id
            for role, name in (("content", "cat.png"), ("style", style))
        }  # fmt: skip
        job = store.jobs.submit(
            Order(
                owner=owner, content_id=ids["content"], style_ids=(ids["style"],), recipe=Recipe(),
                title=title, token=token or f"t{count}",
            )
        )  # fmt: skip
        claim = store.leases.claim(WORKER)
        result = Result(key="k", thumbnail_key="t", width=9, height=9, bytes=9, seconds=1.0, backbone="vgg19")
        assert store.leases.finish(job.id, claim.token, result, status)
        return job.id

    return hang


def found(store, owner="anna", **wanted):
    return [job.title for job in store.gallery.search(owner, Search(**wanted))]


def test_words_are_found_in_titles_notes_and_styles(store, hang):
    first, _ = hang("Cat at 100 %", "great_wave.jpg"), hang("Dog", "The Scream.png")
    store.gallery.write_label(first, "anna", note="for Grandmother")
    assert found(store) == ["Dog", "Cat at 100 %"]
    assert found(store, words="CAT wave") == ["Cat at 100 %"]
    assert found(store, words="grandmother") == ["Cat at 100 %"]
    assert found(store, words="scream") == ["Dog"]
    assert found(store, words="%") == ["Cat at 100 %"]
    assert found(store, words="cat scream") == []
    assert found(store, "bert") == []


def test_a_search_is_narrowed_by_style_status_rating_and_date(store, hang):
    first = hang("Cat", "wave.png")
    hang("Dog", "scream.png", status=Status.STOPPED)
    store.gallery.write_label(first, "anna", rating=4)
    assert store.gallery.style_names("anna") == ["scream.png", "wave.png"]
    assert found(store, style="wave.png") == ["Cat"]
    assert found(store, status=Status.STOPPED) == ["Dog"]
    assert found(store, rating=4) == ["Cat"]
    assert found(store, rating=5) == []
    at = store.jobs.find(first).finished_at
    assert "Cat" in found(store, since=at)
    assert "Cat" not in found(store, until=at)


def test_a_search_continues_after_a_cursor(store, hang):
    for name in "abc":
        hang(name)
    newest = store.gallery.search("anna", limit=2)
    older = store.gallery.search("anna", before=newest[-1].cursor)
    assert [job.title for job in [*newest, *older]] == ["c", "b", "a"]


def test_only_the_owner_can_write_a_label(store, hang):
    job = hang()
    assert store.gallery.labels([job]) == {job: Label()}
    assert not store.gallery.write_label(job, "bert", title="Mine")
    assert store.gallery.write_label(job, "anna", title="Tiger", rating=3)
    assert store.gallery.write_label(job, "anna", note="hm")
    assert store.gallery.labels([job]) == {job: Label(rating=3, note="hm")}
    assert store.jobs.find(job).title == "Tiger"


def test_a_shared_link_can_be_revoked(store, hang):
    job = hang()
    assert not store.gallery.share(job, "bert", shared=True)
    store.gallery.share(job, "anna", shared=True)
    key = store.gallery.labels([job])[job].share_key
    store.gallery.share(job, "anna", shared=True)
    assert store.gallery.labels([job])[job].share_key == key
    assert store.gallery.shared(key).id == job
    store.gallery.share(job, "anna", shared=False)
    assert store.gallery.shared(key) is None
    store.gallery.share(job, "anna", shared=True)
    assert store.gallery.labels([job])[job].share_key != key


def test_a_deleted_painting_can_be_restored(store, hang):
    first, second, third = (hang(name) for name in "abc")
    store.gallery.share(first, "anna", shared=True)
    key = store.gallery.labels([first])[first].share_key
    assert store.gallery.remove([first, second], "bert")[0] == 0
    count, undo = store.gallery.remove([first, second, "unknown"], "anna")
    assert count == 2
    assert found(store) == ["c"]
    assert store.jobs.find(first, "anna") is None
    assert store.gallery.shared(key) is None
    assert store.gallery.restore(undo, "bert") == 0
    assert store.gallery.restore("no number", "anna") == 0
    assert store.gallery.restore(undo, "anna") == 2
    assert found(store) == ["c", "b", "a"]
    assert store.gallery.shared(key).id == first
    assert store.jobs.find(third, "anna") is not None


def test_a_painting_ordered_again_after_its_deletion_can_be_deleted_and_restored(store, hang):
    _, undo = store.gallery.remove([hang(token="same")], "anna")
    again = hang(token="same")
    assert store.gallery.remove([again], "anna")[0] == 1
    hang(token="same")
    assert store.gallery.restore(undo, "anna") == 1
    assert found(store) == ["Cat", "Cat"]


def test_an_invalid_undo_restores_nothing(store, hang):
    store.gallery.remove([hang()], "anna")
    assert [store.gallery.restore(undo, "anna") for undo in ("", "-1", "9" * 18, "9" * 40)] == [0] * 4


def test_labels_written_at_the_same_time_are_all_kept(store, hang):
    names = [hang(str(number)) for number in range(4)]
    acts = [
        lambda job: store.gallery.write_label(job, "anna", rating=3),
        lambda job: store.gallery.write_label(job, "anna", note="so"),
        lambda job: store.gallery.share(job, "anna", shared=True),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        for job in names:
            assert all(pool.map(lambda act, job=job: act(job), acts))
    for label in store.gallery.labels(names).values():
        assert (label.rating, label.note, label.share_key is not None) == (3, "so", True)


def test_a_retired_style_can_still_be_searched_for(store, hang):
    job = store.jobs.find(hang(style="wave.png"))
    store.uploads.retire(job.styles[0].id, "anna")
    assert store.gallery.style_names("anna") == ["wave.png"]


def test_the_bin_is_emptied_after_a_while(store, hang):
    job = hang()
    _, undo = store.gallery.remove([job], "anna")
    assert store.housekeeping.empty_bin() == 0
    assert store.housekeeping.empty_bin(timedelta(-1)) == 1
    assert store.gallery.restore(undo, "anna") == 0
    assert f"jobs/{job}/" in store.housekeeping.discards()


def test_an_unfinished_painting_is_not_moved_into_the_bin(store, hang):
    upload = store.uploads.stage(
        owner="anna", sha256="x", role="content", name="x", width=9, height=9, bytes=9, suffix=".png",
        expiry_s=99,
    )  # fmt: skip
    job = store.jobs.submit(
        Order(
            owner="anna", content_id=upload.id, style_ids=(upload.id,), recipe=Recipe(), title="x", token="x"
        )
    )
    assert store.gallery.remove([job.id], "anna")[0] == 0
