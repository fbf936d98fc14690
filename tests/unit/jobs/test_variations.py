"""Contact sheets: ordered small, shown only with their painting, and deleted with it."""

from datetime import timedelta

import pytest

from engine.recipe import Recipe
from jobs.job import Queue, Status
from jobs.kinds import PAINTING, VARIATION
from jobs.variations import SIDE, order_contact_sheet, order_full_size, variations
from tests.support.studio_store import result


@pytest.fixture
def parent(desk):
    claim = desk.begun()
    assert desk.store.leases.finish(claim.job.id, claim.token, result(claim), Status.FINISHED)
    return desk.store.jobs.find(claim.job.id)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe(paper="A4"),
        Recipe(strength=100, style_scale=400, keep_colours=100),
        Recipe(strength=0, style_scale=25),
    ],
)
def test_variations_are_valid_and_differ_from_one_another(recipe):
    made = [recipe.changed(**kind.changes) for kind in variations(recipe)]
    assert len({str(one.to_dict()) for one in made}) == len(made) == 6


def test_a_contact_sheet_is_small_waits_in_the_quick_queue_and_is_not_in_the_gallery(desk, parent):
    contact_sheet = order_contact_sheet(desk.store, parent, token="t")
    assert [job.id for job in order_contact_sheet(desk.store, parent, token="t")] == [
        job.id for job in contact_sheet
    ]
    assert {(job.queue, job.recipe.size, job.recipe.quality, job.kind) for job in contact_sheet} == {
        (Queue.QUICK, SIDE, "sketch", VARIATION)
    }
    store = desk.store
    assert [job.id for job in store.jobs.variations(parent)] == [job.id for job in contact_sheet]
    assert store.jobs.children(parent) == []
    assert store.jobs.active(parent.owner) == []
    assert [job.id for job in store.gallery.search(parent.owner)] == [parent.id]


def test_a_variation_can_be_painted_as_large_as_its_parent(desk, parent):
    stronger = order_contact_sheet(desk.store, parent, token="t")[1]
    large = order_full_size(desk.store, parent, stronger, token="l")
    assert large.recipe == parent.recipe.changed(strength=stronger.recipe.strength)
    assert (large.queue, large.kind, large.parent_id) == (Queue.LONG, PAINTING, None)
    assert large.title == f"{parent.title} ({stronger.title.lower()})"


def test_a_contact_sheet_is_deleted_with_its_painting(desk, parent):
    contact_sheet = order_contact_sheet(desk.store, parent, token="t")
    assert desk.store.wishes.delete(parent.id, parent.owner)
    assert [desk.store.jobs.find(job.id) for job in contact_sheet] == [None] * len(contact_sheet)


def test_a_contact_sheet_is_restored_or_erased_with_its_painting(desk, parent):
    contact_sheet = order_contact_sheet(desk.store, parent, token="t")
    _, undo = desk.store.gallery.remove([parent.id], parent.owner)
    desk.store.gallery.restore(undo, parent.owner)
    assert len(desk.store.jobs.variations(parent)) == len(contact_sheet)
    desk.store.gallery.remove([parent.id], parent.owner)
    assert desk.store.housekeeping.empty_bin(timedelta(seconds=-1)) == 1
    assert [desk.store.jobs.find(job.id) for job in contact_sheet] == [None] * len(contact_sheet)
