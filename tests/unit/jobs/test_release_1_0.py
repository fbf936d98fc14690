"""A database of release 1.0 is migrated, and everything in it is as it was.

`release_1_0` is a fixture: the store that has been migrated.
"""

import dataclasses
import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.recipe import Recipe
from engine.recipe.rates import Rates
from jobs.job import Queue, Status
from jobs.kinds import VARIATION, kind_for
from jobs.store import JobStore
from jobs.store.gallery import Label, Search
from tests.support.release_1_0 import FOLDER, count_rows, facts
from tests.support.studio_store import PAINTER

FACTS = facts("database")
JOBS = FACTS["jobs"]


def job_of(store, name):
    job = store.jobs.find(JOBS[name]["id"])
    assert job is not None, name
    return job


@pytest.fixture
def owner(release_1_0):
    return job_of(release_1_0, "steered").owner


def test_no_row_is_lost(release_1_0):
    renamed = {"frames": "snapshots"}
    with release_1_0.engine.connect() as connection:
        for table, count in count_rows().items():
            query = text(f"SELECT count(*) FROM {renamed.get(table, table)}")
            assert connection.scalar(query) == count, table


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_as_it_was(release_1_0, name):
    was, job = JOBS[name], job_of(release_1_0, name)
    assert job.status is Status(was["status"])
    assert job.queue is {"paint": Queue.LONG, "draft": Queue.QUICK}[was["queue"]]
    assert (job.title, job.step, job.parent_id) == (was["title"], was["step"], was["parent"])
    assert (job.recipe, job.recipe_version) == (Recipe.from_dict(was["recipe"]), was["recipe_version"])
    assert [snapshot.step for snapshot in release_1_0.snapshots.of_job(job.id)] == was["frames"]
    assert (job.checkpoint_key is not None) == was["has_checkpoint"]
    assert (job.result is not None) == (was["status"] in ("finished", "stopped"))


def test_recipes_keep_what_was_written_under_old_names(release_1_0):
    assert job_of(release_1_0, "steered").recipe.style_scale == 60
    assert job_of(release_1_0, "one_pass").recipe.feedforward_style == "starry_night"


@pytest.mark.parametrize("name", JOBS)
def test_a_job_has_the_kind_that_its_recipe_says(release_1_0, name):
    job = job_of(release_1_0, name)
    assert job.kind is kind_for(job.recipe)


def test_the_pictures_of_a_job_are_as_they_were(release_1_0):
    job = job_of(release_1_0, "steered")
    assert job.content.name == "A_field.png"
    assert [style.name for style in job.styles] == ["stripes.png", "Kitchen tiles"]
    assert [mask and mask.name for mask in job.masks] == ["left.png", None]
    assert job.content_mask.name == "left.png"
    assert job_of(release_1_0, "further").start is not None


def test_the_queues_keep_their_order(release_1_0):
    waiting = [job.id for job in release_1_0.queues.waiting(Queue.LONG)]
    assert waiting == [JOBS[name]["id"] for name in ("handed_over", "waiting_first", "waiting")]
    assert release_1_0.leases.claim(PAINTER).job.id == waiting[0]
    quick = release_1_0.queues.waiting(Queue.QUICK)
    sheet = release_1_0.jobs.variations(release_1_0.jobs.find(FACTS["sheet_of"]))
    assert len(sheet) == 6
    assert {job.kind for job in sheet} == {VARIATION}
    assert {job.id for job in quick} == {job.id for job in sheet} | {JOBS["one_pass_waiting"]["id"]}
    assert release_1_0.leases.claim(dataclasses.replace(PAINTER, queue=Queue.QUICK)).job.id == quick[0].id


def test_a_paused_job_goes_on(release_1_0, owner):
    paused = job_of(release_1_0, "paused")
    assert release_1_0.wishes.resume(paused.id, owner)
    claims = [release_1_0.leases.claim(PAINTER) for _ in range(4)]
    (claim,) = (claim for claim in claims if claim.job.id == paused.id)
    assert claim.checkpoint_key == paused.checkpoint_key
    assert (claim.job.step, claim.job.recipe) == (4, paused.recipe)


def test_a_failed_job_can_be_tried_again(release_1_0, owner):
    failed = job_of(release_1_0, "failed")
    assert "lost.png" in failed.reason
    assert release_1_0.wishes.retry(failed.id, owner)


def test_the_job_of_a_killed_worker_is_put_back(release_1_0):
    (lease,) = release_1_0.leases.held()
    assert (lease.job_id, lease.worker.queue) == (JOBS["lost_worker"]["id"], Queue.LONG)
    assert release_1_0.leases.release_lost(lease.job_id, lease.token, lease.beat)
    assert job_of(release_1_0, "lost_worker").status is Status.QUEUED


def test_events_are_as_they_were(release_1_0):
    events = release_1_0.jobs.events(JOBS["steered"]["id"])
    assert [event.name for event in events] == ["submitted", "claimed", "steered", "finished"]
    assert json.loads(events[2].detail)["strength"] == 80
    names = [event.name for event in release_1_0.jobs.events(JOBS["paused"]["id"])]
    assert names[-2:] == ["handed over", "paused"]


def test_labels_and_shared_links_are_as_they_were(release_1_0):
    further = JOBS["further"]["id"]
    label = release_1_0.gallery.labels([further])[further]
    assert label == Label(rating=5, note="Oak.\n30 × 30 cm.", share_key=label.share_key)
    assert release_1_0.gallery.shared(label.share_key).id == further


def test_lineage_is_as_it_was(release_1_0):
    steered = job_of(release_1_0, "steered")
    further, from_snapshot = job_of(release_1_0, "further"), job_of(release_1_0, "from_frame")
    assert [job.id for job in release_1_0.jobs.ancestors(further)] == [steered.id]
    assert [job.id for job in release_1_0.jobs.children(steered)] == [further.id, from_snapshot.id]
    assert (further.parent_step, from_snapshot.parent_step) == (None, 1)


def test_deleted_paintings_can_be_restored_until_they_are_erased(release_1_0, owner):
    assert job_of(release_1_0, "deleted_a").owner == owner
    soon_after = release_1_0.jobs.find(JOBS["cancelled"]["id"]).finished_at + timedelta(minutes=1)
    assert JobStore(release_1_0.engine, lambda: soon_after).housekeeping.empty_bin() == 1
    assert release_1_0.jobs.find(JOBS["deleted_long_ago"]["id"]) is None
    assert release_1_0.gallery.restore(FACTS["undo"], owner) == 2
    assert job_of(release_1_0, "deleted_b").owner == owner


def test_the_gallery_and_the_bin_are_as_they_were(release_1_0, owner):
    names = ["plain", "stopped", "from_frame", "further", "one_pass", "steered"]
    shown = [job.id for job in release_1_0.gallery.search(owner)]
    assert shown == [JOBS[name]["id"] for name in names]
    for name in ("deleted_long_ago", "deleted_a", "deleted_b"):
        assert release_1_0.jobs.find(JOBS[name]["id"], owner) is None
    assert release_1_0.gallery.restore(FACTS["undo"], owner) == 2
    restored = {job.id for job in release_1_0.gallery.search(owner)} - {*shown}
    assert restored == {JOBS[name]["id"] for name in ("deleted_a", "deleted_b")}


def test_a_retired_style_stays_retired_until_it_is_restored(release_1_0, owner):
    offered = [style.name for style in release_1_0.uploads.in_role(owner, "style")]
    assert "rings.png" not in offered
    assert "rings.png" in release_1_0.gallery.style_names(owner)
    [painting] = release_1_0.gallery.search(owner, Search(style="rings.png"))
    [style] = (style for style in painting.styles if style.name == "rings.png")
    assert (style.role, style.expires_at - style.retired_at) == ("style", timedelta(hours=1))
    assert release_1_0.uploads.restore(style.id, owner, expiry_s=60)
    assert "rings.png" in [style.name for style in release_1_0.uploads.in_role(owner, "style")]


def test_revoked_keys_stay_revoked(release_1_0, owner):
    assert release_1_0.owners.key_serial(job_of(release_1_0, "of_another").owner) == 1
    assert release_1_0.owners.key_serial(owner) == 0


def test_what_was_discarded_is_still_to_be_deleted(release_1_0):
    assert f"jobs/{JOBS['cancelled']['id']}/" in release_1_0.housekeeping.discards()


def test_measured_costs_are_still_used(release_1_0):
    dump = sqlite3.connect(":memory:")
    dump.executescript((FOLDER / "database.sql").read_text())
    written = json.loads(dump.execute("SELECT costs FROM rates").fetchone()[0])
    estimates = dump.execute("SELECT expected_s, painted_s FROM estimates ORDER BY id DESC").fetchall()
    dump.close()
    rates = release_1_0.costs.rates("studio x86_64 x2")
    assert rates.feedforward_s == written["brush_s"]
    assert rates.step_s == written["step_s"]
    assert rates.start_s == written["start_s"] != Rates().start_s
    assert release_1_0.costs.estimates() == estimates
