"""What owners and workers may do to jobs."""

from datetime import timedelta

import pytest

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import Queue, Status
from jobs.store import MAX_ATTEMPTS, OrderError
from tests.support.refusals import refused
from tests.support.studio_store import PAINTER, result


def test_the_same_picture_of_the_same_owner_is_stored_once_and_kept_longer(desk):
    first = desk.upload(sha256="ab" * 32)
    desk.clock.sleep(1000)
    again = desk.upload(sha256="ab" * 32)
    other = desk.upload("bob", sha256="ab" * 32)
    assert (again.id, again.key) == (first.id, first.key)
    assert again.expires_at - first.expires_at == timedelta(seconds=1000)
    assert other.key != first.key
    assert desk.store.uploads.in_role("ada", "content") == [again]
    assert desk.store.uploads.find(first.id, "bob") is None


def test_an_order_token_makes_one_job_for_each_owner(desk):
    order = desk.order(token="twice")
    first, second = desk.store.jobs.submit(order), desk.store.jobs.submit(order)
    assert first == second
    assert desk.store.queues.length() == 1
    assert desk.submit("bob", token="twice").id != first.id


@pytest.mark.parametrize("part", ["content", "style"])
def test_an_order_needs_the_owners_pictures(desk, part):
    others = desk.upload("bob", part).id
    changes = {"content_id": others} if part == "content" else {"style_ids": (others,)}
    with refused(OrderError, f"{part}-gone") as caught:
        desk.submit("ada", **changes)
    assert caught.value.field == part
    assert desk.store.queues.length() == 0


def test_a_job_reads_back_as_it_was_ordered(desk):
    recipe = Recipe(size=256, strength=70, style_weights=(1, 2))
    styles = tuple(desk.upload(role="style").id for _ in range(2))
    job = desk.submit(recipe=recipe, style_ids=styles, title="Über “alles”")
    read = desk.store.jobs.find(job.id, "ada")
    assert read == job
    assert (read.recipe, read.title) == (recipe, "Über “alles”")
    assert tuple(style.id for style in read.styles) == styles
    assert desk.store.jobs.find(job.id, "bob") is None
    assert desk.store.jobs.find("0" * 32) is None


def test_a_one_pass_style_needs_no_other_style(desk):
    job = desk.submit(style_ids=(), queue=Queue.QUICK)
    assert (job.styles, job.masks, job.queue) == ((), (), Queue.QUICK)


def test_a_painting_from_claim_to_gallery(desk):
    claim = desk.begun()
    wishes = desk.beat(claim, 3)
    assert wishes.live
    assert not wishes.stop
    assert wishes.recipe == claim.job.recipe
    assert desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    (shown,) = desk.store.gallery.search("ada")
    assert shown.status is Status.FINISHED
    assert shown.result == result(claim)
    assert desk.store.jobs.active("ada") == []
    assert desk.event_names(shown.id) == ["submitted", "claimed", "finished"]
    assert desk.store.queues.counts_by_status()[Status.FINISHED] == 1


def test_a_lost_token_can_change_nothing(desk):
    old = desk.begun()
    assert desk.lost(old)
    new = desk.claim()
    before = desk.store.jobs.find(new.job.id)
    assert not desk.beat(old).live
    assert not desk.store.leases.keep_checkpoint(old.job.id, old.token, "stale", 9)
    assert not desk.store.leases.finish(old.job.id, old.token, result(old), Status.FINISHED)
    assert not desk.store.leases.fail(old.job.id, old.token, "no")
    assert not desk.store.leases.hand_over(old.job.id, old.token)
    assert desk.store.jobs.find(new.job.id) == before


def test_a_heartbeat_that_moved_saves_the_lease(desk):
    claim = desk.begun()
    (lease,) = desk.store.leases.held()
    desk.beat(claim)
    assert not desk.store.leases.release_lost(lease.job_id, lease.token, lease.beat)
    assert desk.status(claim.job.id) == Status.PAINTING


def test_an_earlier_checkpoint_is_discarded_and_the_next_worker_gets_the_last(desk):
    claim = desk.begun()
    assert desk.store.leases.keep_checkpoint(claim.job.id, claim.token, "one", 5, snapshot_key="f1")
    assert desk.store.leases.keep_checkpoint(claim.job.id, claim.token, "two", 9, painted_s=4.5)
    assert desk.store.housekeeping.discards() == ["one"]
    assert desk.store.jobs.find(claim.job.id).snapshot_key == "f1"
    assert desk.lost(claim)
    again = desk.claim()
    assert (again.checkpoint_key, again.job.painted_s, again.job.attempts) == ("two", 4.5, 1)
    assert desk.store.leases.finish(again.job.id, again.token, result(again), Status.STOPPED)
    assert desk.store.housekeeping.discards() == ["one", "two", "f1"]


def test_after_too_many_attempts_without_a_new_checkpoint_a_job_fails(desk):
    job = desk.submit()
    for _ in range(MAX_ATTEMPTS):
        assert desk.status(job.id) == Status.QUEUED
        assert desk.lost(desk.claim())
    failed = desk.store.jobs.find(job.id)
    assert failed.status is Status.FAILED
    assert "3 times" in failed.reason
    assert desk.store.leases.claim(PAINTER) is None
    assert desk.store.wishes.retry(job.id, "ada")
    assert desk.store.jobs.find(job.id).attempts == 0


def test_a_new_checkpoint_and_a_handover_do_not_count_as_failures(desk):
    job = desk.submit()
    for step in range(1, 6):
        claim = desk.claim()
        assert desk.store.leases.keep_checkpoint(job.id, claim.token, f"c{step}", step)
        assert desk.lost(claim)
    for _ in range(6):
        assert desk.store.leases.hand_over(job.id, desk.claim().token)
    assert desk.store.jobs.find(job.id).attempts == 0
    # A checkpoint of the same step is not progress.
    for _ in range(MAX_ATTEMPTS):
        claim = desk.claim()
        assert desk.store.leases.keep_checkpoint(job.id, claim.token, "again", 5)
        assert desk.lost(claim)
    assert desk.status(job.id) == Status.FAILED


def test_a_stop_reaches_the_worker_and_outlives_a_lost_one(desk):
    claim = desk.begun()
    assert desk.store.wishes.stop(claim.job.id, "ada")
    assert desk.lost(claim)
    again = desk.claim()
    assert desk.beat(again).stop
    assert desk.store.leases.finish(again.job.id, again.token, result(again), Status.STOPPED)
    assert not desk.store.jobs.find(claim.job.id).stop_requested


def test_a_job_that_has_not_begun_cannot_be_stopped(desk):
    job = desk.submit()
    assert not desk.store.wishes.stop(job.id, "ada")
    claim = desk.claim()
    desk.store.leases.keep_checkpoint(job.id, claim.token, "c", 1)
    desk.store.leases.hand_over(job.id, claim.token)
    assert desk.store.wishes.stop(job.id, "ada")


def test_a_stopped_paused_job_is_claimed_before_those_that_wait(desk):
    claim, other = desk.begun(), desk.submit()
    at = claim.job.id, claim.token
    assert desk.store.wishes.pause(claim.job.id, "ada")
    assert desk.store.leases.keep_checkpoint(*at, "c", 1)
    assert desk.store.leases.hand_over(*at)
    assert desk.store.wishes.stop(claim.job.id, "ada")
    again = desk.claim()
    assert (again.job.id, desk.beat(again).stop) == (claim.job.id, True)
    assert desk.store.wishes.pause(other.id, "ada")
    assert not desk.store.wishes.stop(other.id, "ada")


def test_resuming_withdraws_a_stop(desk):
    claim = desk.begun()
    at = claim.job.id, claim.token
    assert desk.store.leases.keep_checkpoint(*at, "c", 1)
    assert desk.store.leases.hand_over(*at)
    for wish in (desk.store.wishes.stop, desk.store.wishes.pause, desk.store.wishes.resume):
        assert wish(claim.job.id, "ada")
    assert not desk.beat(desk.claim()).stop


@pytest.mark.parametrize("state", ["queued", "paused", "painting"])
def test_cancelling_ends_a_job_at_once_and_discards_everything(desk, state):
    job = desk.submit()
    claim = desk.claim() if state == "painting" else None
    if state == "paused":
        assert desk.store.wishes.pause(job.id, "ada")
    assert desk.status(job.id) == state
    assert desk.store.wishes.cancel(job.id, "ada")
    assert desk.status(job.id) == Status.CANCELLED
    assert desk.store.housekeeping.discards() == [f"jobs/{job.id}/"]
    assert claim is None or not desk.beat(claim).live
    assert not desk.store.wishes.cancel(job.id, "ada")
    desk.clock.sleep(90_000)
    assert desk.store.housekeeping.delete_cancelled(timedelta(days=1)) == 1
    assert desk.store.jobs.find(job.id) is None


def test_a_pause_while_painting_takes_effect_at_the_hand_over(desk):
    claim = desk.begun()
    assert desk.store.wishes.pause(claim.job.id, "ada")
    assert desk.beat(claim).pause
    assert desk.store.leases.hand_over(claim.job.id, claim.token)
    assert desk.status(claim.job.id) == Status.PAUSED
    assert desk.store.leases.claim(PAINTER) is None
    assert desk.store.wishes.resume(claim.job.id, "ada")
    assert not desk.beat(desk.claim()).pause


def test_a_pause_can_be_withdrawn_before_it_reaches_the_worker(desk):
    claim = desk.begun()
    assert desk.store.wishes.pause(claim.job.id, "ada")
    assert desk.store.wishes.resume(claim.job.id, "ada")
    assert not desk.beat(claim).pause
    assert not desk.store.wishes.resume(claim.job.id, "ada")


def test_steering_reaches_the_worker_and_the_log(desk):
    claim = desk.begun()
    assert desk.store.wishes.steer(claim.job.id, "ada", claim.job.recipe.changed(strength=80))
    assert desk.beat(claim).recipe.strength == 80
    job = desk.store.jobs.find(claim.job.id)
    assert job.recipe_version == 1
    assert desk.store.jobs.events(job.id)[-1].detail == '{"step": 0, "strength": 80.0}'
    assert desk.store.wishes.steer(job.id, "ada", job.recipe)
    assert desk.store.jobs.find(job.id).recipe_version == 1
    with refused(RecipeError, "not-steerable", knobs()["size"].label):
        desk.store.wishes.steer(job.id, "ada", job.recipe.changed(size=1024))
    desk.store.leases.finish(job.id, claim.token, result(claim), Status.FINISHED)
    assert not desk.store.wishes.steer(job.id, "ada", job.recipe.changed(strength=10))


def test_steering_from_an_outdated_version_changes_nothing(desk):
    claim = desk.begun()
    read = desk.store.jobs.find(claim.job.id)
    assert desk.store.wishes.steer(
        read.id, "ada", read.recipe.changed(smoothness=77), version=read.recipe_version
    )
    stale = read.recipe.changed(strength=70)
    assert not desk.store.wishes.steer(read.id, "ada", stale, version=read.recipe_version)
    assert desk.store.jobs.find(read.id).recipe == read.recipe.changed(smoothness=77)


@pytest.mark.parametrize("weights", [(1, 2), (1, 2, 3)])
def test_either_each_style_has_a_weight_or_none_has(desk, weights):
    with refused(RecipeError, "weight-count", len(weights), 1):
        desk.submit(recipe=Recipe(style_weights=weights))
    assert desk.store.queues.length() == 0
    job = desk.submit()
    with refused(RecipeError, "weight-count", len(weights), 1):
        desk.store.wishes.steer(job.id, "ada", job.recipe.changed(style_weights=weights))


def test_a_start_from_a_picture_needs_a_picture(desk):
    with refused(RecipeError, "start-missing"):
        desk.submit(recipe=Recipe(start="image"))


def test_a_cancelled_order_can_be_placed_again(desk):
    order = desk.order(token="same")
    first = desk.store.jobs.submit(order)
    assert desk.store.jobs.by_order("ada", "same") == first
    assert desk.store.wishes.cancel(first.id, "ada")
    assert desk.store.jobs.by_order("ada", "same") is None
    again = desk.store.jobs.submit(order)
    assert again.id != first.id
    assert desk.store.jobs.submit(order) == again


def test_other_owners_can_change_nothing(desk):
    claim = desk.begun()
    desk.store.leases.keep_checkpoint(claim.job.id, claim.token, "c", 1)
    for ask in (
        desk.store.wishes.stop,
        desk.store.wishes.cancel,
        desk.store.wishes.pause,
        desk.store.wishes.resume,
        desk.store.wishes.delete,
    ):
        assert not ask(claim.job.id, "bob")
    assert not desk.store.wishes.steer(claim.job.id, "bob", claim.job.recipe.changed(strength=1))
    desk.store.leases.fail(claim.job.id, claim.token, "why")
    assert not desk.store.wishes.retry(claim.job.id, "bob")
    assert desk.store.jobs.find(claim.job.id).reason == "why"


def test_deleting_removes_the_rows_and_discards_the_files(desk):
    claim = desk.begun()
    child = desk.submit(parent_id=claim.job.id)
    assert desk.store.wishes.delete(claim.job.id, "ada")
    assert desk.store.jobs.find(claim.job.id) is None
    assert desk.store.jobs.events(claim.job.id) == []
    assert desk.store.housekeeping.discards() == [f"jobs/{claim.job.id}/"]
    assert desk.store.jobs.find(child.id).parent_id is None
    assert not desk.beat(claim).live


def test_the_gallery_pages_by_cursor_newest_first(desk):
    made: list[str] = []
    for _ in range(5):
        claim = desk.begun()
        desk.clock.sleep(0.000001)
        desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
        made.insert(0, claim.job.id)
    first = desk.store.gallery.search("ada", limit=2)
    second = desk.store.gallery.search("ada", limit=9, before=first[-1].cursor)
    assert [job.id for job in first + second] == made
    assert desk.store.gallery.search("bob") == []
    for nonsense in ("", "x", "1e99-0", "9" * 40 + "-0", "-"):
        assert len(desk.store.gallery.search("ada", before=nonsense)) == 5


def test_uploads_expire_unless_a_job_uses_them(desk):
    job = desk.submit()
    unused = desk.upload()
    assert desk.store.housekeeping.expire_uploads() == 0
    desk.clock.sleep(4000)
    assert desk.store.housekeeping.expire_uploads() == 1
    assert desk.store.housekeeping.discards() == [unused.key]
    desk.store.housekeeping.forget_discard(unused.key)
    assert desk.store.housekeeping.discards() == []
    desk.store.wishes.delete(job.id, "ada")
    assert desk.store.housekeeping.expire_uploads() == 2


def test_kept_keys_are_unknown_while_a_worker_may_write(desk):
    claim = desk.begun()
    assert desk.store.housekeeping.kept_keys(claim.job.id) is None
    desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    assert desk.store.housekeeping.kept_keys(claim.job.id) == {result(claim).key, result(claim).thumbnail_key}
    assert desk.store.housekeeping.kept_keys("0" * 32) == set()


def test_waiting_jobs_and_the_seconds_of_steps_are_counted(desk):
    assert desk.store.queues.waits() == {}
    claim = desk.begun()
    desk.clock.sleep(10)
    desk.beat(claim, step=5)
    assert desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    desk.submit()
    desk.clock.sleep(7)
    assert desk.store.queues.waits() == {Queue.LONG: (1, 7.0)}
    assert desk.store.costs.step_seconds() == [pytest.approx(5.5 / 5)]
