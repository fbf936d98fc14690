"""Variations, reordering the queue, and the placeholder colours of a picture."""

import re
from dataclasses import replace

from app.templating import _tone_properties
from jobs.job import Queue, Result, Status
from tests.unit.app.conftest import WORKER


def move(visitor, job, **fields):
    return visitor.post(f"/paintings/{job.id}/place", fields)


def links_to(path: str, page: str) -> list[str]:
    """Return how a page leads to an address: by a form's `action` or a link's `href`."""
    return re.findall(rf'(\w+)="{path}"', page)


def test_variations_are_ordered_once_and_one_is_painted_large(visitor, paint, studio, stranger):
    job = paint(size="128")
    path = f"/paintings/{job.id}/variations"
    assert links_to(path, visitor.get(f"/paintings/{job.id}").text) == ["action"]
    for _ in range(2):
        ordered = visitor.post(f"/paintings/{job.id}/variations")
        assert ordered.location == f"/paintings/{job.id}/variations"
    sheet = studio.store.jobs.variations(job)
    assert len(sheet) == 6
    page = visitor.get(f"/paintings/{job.id}/variations").text
    assert all(variation.title.replace("'", "&#39;") in page for variation in sheet)
    assert links_to(path, visitor.get(f"/paintings/{job.id}").text) == ["href"]
    assert sheet[0].id not in visitor.get("/gallery").text
    large = visitor.post(f"/paintings/{sheet[1].id}/large")
    assert studio.store.jobs.find(large.location.rsplit("/", 1)[1]).recipe.size == 128
    assert visitor.post(f"/paintings/{job.id}/large").status_code == 404
    assert visitor.post(f"/paintings/{sheet[0].id}/variations").status_code == 404
    assert stranger.get(f"/paintings/{job.id}/variations").status_code == 404


def test_a_variation_is_painted_large_once_per_page(visitor, paint, studio):
    job = paint()
    visitor.post(f"/paintings/{job.id}/variations")
    sketch = finish_a_sketch(studio)

    def page():
        sheet = visitor.get(f"/paintings/{job.id}/variations").text
        return re.search(r'class="picking".*?name="order" value="(\w{32})"', sheet)[1]

    def large(order):
        return visitor.post(f"/paintings/{sketch.id}/large", {"order": order}).location

    order = page()
    first = large(order)
    assert large(order) == first, "a double click"
    visitor.post(f"{first}/cancel")
    assert large(page()) != first


def finish_a_sketch(studio):
    claim = studio.store.leases.claim(replace(WORKER, queue=Queue.QUICK))
    result = Result(
        key="a.png", thumbnail_key="a.webp", width=60, height=40, bytes=9, seconds=1.0, backbone="vgg19"
    )
    assert studio.store.leases.finish(claim.job.id, claim.token, result, Status.FINISHED)
    return claim.job


def test_the_own_queue_is_shown_and_reordered(visitor, submit, studio, stranger):
    first, second, third = submit(seed="1"), submit(seed="2"), submit(seed="3")
    assert f"/paintings/{first.id}/place" not in visitor.get(f"/paintings/{first.id}").text
    assert f'action="/paintings/{third.id}/place"' in visitor.get(f"/paintings/{third.id}").text
    gallery = visitor.get("/gallery").text
    places = re.findall(r'data-place="(\d)" data-of="(\d)" action="/paintings/(\w+)/place"', gallery)
    assert places == [("3", "3", third.id), ("2", "3", second.id), ("1", "3", first.id)]
    moves = re.findall(r'data-action="(\w+)"', gallery)
    assert moves == ["sooner", "sooner", "later", "later"]
    assert move(visitor, third, place="0").location == f"/paintings/{third.id}"
    assert move(visitor, first, place="2", back="gallery").location == "/gallery"
    waiting = [job.id for job in studio.store.queues.of_owner(first.owner)]
    assert waiting == [third.id, second.id, first.id]
    assert move(visitor, first, place="-1").status_code == 404
    assert move(stranger, first, place="0").status_code == 404


def test_nine_colours_become_three_rows():
    written = _tone_properties("123456789abcdef012345678901")
    assert re.findall(r"--tones-(\d): ([^;]+);", written) == [
        ("0", "#123,#456,#789"),
        ("1", "#abc,#def,#012"),
        ("2", "#345,#678,#901"),
    ]
    assert _tone_properties("") == ""
