"""Continuing another painting: lineage, snapshots, starts and masks."""

import numpy as np
import pytest

from engine.errors import RecipeError
from engine.imaging import images
from engine.imaging.film_formats import MAX_SNAPSHOTS
from engine.recipe import Recipe
from jobs.continuation import FURTHER, continuation_recipe, continuation_title, continue_painting
from jobs.job import Snapshot, Status
from jobs.media import Media, MissingError
from jobs.store import OrderError
from tests.support.refusals import refused
from tests.support.studio_store import result


def snapshot(claim, place, step=None):
    step = place * 2 if step is None else step
    key = f"jobs/{claim.job.id}/{claim.token}/frames/{step}.jpg"
    return Snapshot(place=place, step=step, progress=place / 60, key=key, width=64, height=48)


@pytest.fixture
def media(tmp_path):
    return Media.open(f"file://{tmp_path / 'media'}")


def picture(width, height, kind="png", **inside):
    rgb = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    return images.encode(rgb, kind, **inside)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ("Cat", f"Cat ({FURTHER})"),
        (f"Cat ({FURTHER})", f"Cat ({FURTHER} 2)"),
        (f"Cat ({FURTHER} 9)", f"Cat ({FURTHER} 10)"),
        ("Cat (stronger)", f"Cat (stronger) ({FURTHER})"),
    ],
)
def test_a_continuation_has_its_own_title(parent, child):
    assert continuation_title(parent) == child


def finished(desk, media):
    claim = desk.begun()
    on_the_way = snapshot(claim, 7)
    media.put(on_the_way.key, picture(64, 48, "jpeg"))
    assert desk.store.snapshots.keep(claim.job.id, claim.token, on_the_way)
    media.put(result(claim).key, picture(60, 40, recipe=Recipe()))
    assert desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    return desk.store.jobs.find(claim.job.id)


def further(desk, media, parent, **more):
    return continue_painting(desk.store, media, parent, **{"token": "further", "expiry_s": 999, **more})


class TestFrames:
    def test_snapshots_are_listed_in_order_and_kept_with_the_result(self, desk, media):
        claim = desk.begun()
        kept = [snapshot(claim, place) for place in (3, 1)]
        assert all(desk.store.snapshots.keep(claim.job.id, claim.token, one) for one in kept)
        assert desk.store.snapshots.of_job(claim.job.id) == kept[::-1]
        assert desk.store.snapshots.at_step(claim.job.id, 6) == kept[0]
        assert desk.store.snapshots.at_step(claim.job.id, 5) is None
        desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
        assert {one.key for one in kept} < desk.store.housekeeping.kept_keys(claim.job.id)
        assert desk.store.housekeeping.discards() == []

    def test_a_snapshot_replaces_an_earlier_one_of_the_same_part(self, desk):
        claim = desk.begun()
        first, again = snapshot(claim, 3), snapshot(claim, 3, step=7)
        for one in (first, again):
            assert desk.store.snapshots.keep(claim.job.id, claim.token, one)
        assert desk.store.snapshots.of_job(claim.job.id) == [again]
        assert desk.store.housekeeping.discards() == [first.key]

    def test_there_are_no_more_than_sixty_places(self, desk):
        claim = desk.begun()
        with pytest.raises(ValueError, match=str(MAX_SNAPSHOTS)):
            desk.store.snapshots.keep(claim.job.id, claim.token, snapshot(claim, MAX_SNAPSHOTS))

    def test_a_lost_token_keeps_no_snapshot(self, desk):
        claim = desk.begun()
        assert desk.lost(claim)
        assert not desk.store.snapshots.keep(claim.job.id, claim.token, snapshot(claim, 3))

    @pytest.mark.parametrize("act", ["cancel", "delete"])
    def test_a_cancelled_job_leaves_no_snapshot(self, desk, act):
        claim = desk.begun()
        desk.store.snapshots.keep(claim.job.id, claim.token, snapshot(claim, 3))
        assert getattr(desk.store.wishes, act)(claim.job.id, "ada")
        assert desk.store.snapshots.of_job(claim.job.id) == []


class TestFurther:
    def test_a_result_can_be_continued(self, desk, media):
        parent = finished(desk, media)
        child = further(desk, media, parent, changes={"strength": 80})
        assert (child.parent_id, child.parent_step) == (parent.id, None)
        assert (child.content, child.styles, child.title) == (
            parent.content,
            parent.styles,
            continuation_title(parent.title),
        )
        assert child.recipe == parent.recipe.changed(start="image", strength=80, scales=4)
        start = media.get(child.start.key)
        assert images.read_recipe(start) is None
        assert np.array_equal(
            images.read(start, min_side=1).rgb, images.read(picture(60, 40), min_side=1).rgb
        )

    def test_the_same_order_twice_makes_one_job_and_reads_no_picture_again(self, desk, media):
        parent = finished(desk, media)
        child = further(desk, media, parent)
        media.delete(parent.result.key)
        assert further(desk, media, parent) == child
        with refused(MissingError, "file-missing"):
            further(desk, media, parent, token="another")

    def test_a_snapshot_can_be_continued(self, desk, media):
        parent = finished(desk, media)
        (one,) = desk.store.snapshots.of_job(parent.id)
        child = further(desk, media, parent, snapshot=one)
        assert (child.parent_id, child.parent_step) == (parent.id, one.step)
        assert media.get(child.start.key) == media.get(one.key)

    def test_lineage_is_known_both_ways_and_ends_at_a_deleted_painting(self, desk, media):
        parent = finished(desk, media)
        child = further(desk, media, parent)
        assert desk.store.jobs.ancestors(child) == [parent]
        assert desk.store.jobs.children(parent) == [child]
        assert desk.store.wishes.delete(parent.id, "ada")
        orphan = desk.store.jobs.find(child.id)
        assert desk.store.jobs.ancestors(orphan) == []
        assert orphan.parent_id is None
        assert media.exists(orphan.start.key)

    def test_without_a_result_there_is_nothing_to_continue(self, desk, media):
        with refused(MissingError, "no-result"):
            further(desk, media, desk.submit())

    def test_the_parent_must_be_the_owners(self, desk):
        with refused(OrderError, "parent-gone") as caught:
            desk.submit("bob", parent_id=desk.submit("ada").id)
        assert caught.value.field == "parent"

    @pytest.mark.parametrize(
        ("size", "start", "scales"),
        [(512, 512, 1), (1024, 512, 2), (512, 128, 3), (512, 640, 1), (2048, 64, 6)],
    )
    def test_a_continuation_begins_at_the_scale_of_its_start(self, size, start, scales):
        assert continuation_recipe(Recipe(size=512), start, {"size": size}).scales == scales

    def test_a_change_out_of_bounds_is_refused(self):
        with refused(RecipeError, "out-of-bounds"):
            continuation_recipe(Recipe(), 512, {"strength": 1000})


class TestMasks:
    def test_masks_belong_to_the_order_and_do_not_expire(self, desk):
        mask, content = desk.upload(role="mask"), desk.upload(role="mask")
        styles = tuple(desk.upload(role="style").id for _ in range(2))
        job = desk.submit(style_ids=styles, mask_ids=(None, mask.id), content_mask_id=content.id)
        assert (job.masks, job.content_mask, job.start) == ((None, mask), content, None)
        desk.clock.sleep(999_999)
        desk.store.housekeeping.expire_uploads()
        assert desk.store.uploads.find(mask.id, "ada") == mask
        assert desk.store.uploads.find(content.id, "ada") == content

    def test_masks_of_another_owner_are_refused(self, desk):
        with refused(OrderError, "mask-gone") as caught:
            desk.submit(mask_ids=(desk.upload("bob", "mask").id,))
        assert caught.value.field == "mask"

    def test_masks_are_steered_like_a_slider(self, desk):
        claim = desk.begun()
        mask = desk.upload(role="mask")
        before = desk.beat(claim).version
        assert desk.store.wishes.steer(claim.job.id, "ada", claim.job.recipe, mask_ids=[mask.id])
        assert desk.beat(claim).version == before + 1
        assert desk.store.jobs.find(claim.job.id).masks == (mask,)
        assert '"masks": [true]' in desk.store.jobs.events(claim.job.id)[-1].detail
        assert desk.store.wishes.steer(claim.job.id, "ada", claim.job.recipe, mask_ids=[mask.id])
        assert desk.beat(claim).version == before + 1
        assert desk.store.wishes.steer(claim.job.id, "ada", claim.job.recipe, mask_ids=[None])
        assert desk.store.jobs.find(claim.job.id).masks == (None,)
        with refused(OrderError, "mask-gone"):
            desk.store.wishes.steer(claim.job.id, "ada", claim.job.recipe, mask_ids=["0" * 32])


def test_a_print_is_continued_as_a_print_unless_another_size_is_wanted():
    contact_sheet = Recipe(paper="A4")
    assert continuation_recipe(contact_sheet, 640, {"strength": 70}).paper == "A4"
    assert continuation_recipe(contact_sheet, 640, {"size": 512}).scales == 2
    assert continuation_recipe(contact_sheet, 640, {"size": 1024}).paper == "none"
