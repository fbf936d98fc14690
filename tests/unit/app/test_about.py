"""The About page: which network paints, and the download of a better one."""

import re

import pytest

from app.wording import network_name
from engine.version import __version__
from jobs.fetching import Fetch
from jobs.job import Queue
from jobs.live import WorkerNote
from tests.unit.app.conftest import Visitor


@pytest.fixture
def app(make_app, redis):
    return make_app(redis_url=redis.url)


def painters(page: str) -> list[str]:
    """Return the networks that a page says will paint."""
    return re.search(r'id="painter" data-networks="([^"]*)"', page)[1].split()


def offers_to_fetch(page: str) -> bool:
    form = re.search(r'action="/network/fetch".*?</form>', page, re.S)
    return form is not None and '<button class="button" type="submit">' in form[0]


def note(studio, backbone):
    said = WorkerNote(id="p", queue=Queue.LONG, host="h", backbone=backbone, problem=None)
    studio.live.announce_worker(said)


def test_the_built_in_network_paints_and_a_finer_one_is_offered(visitor, studio):
    note(studio, "compact")
    page = visitor.get("/").text
    assert painters(page) == ["compact"]
    assert network_name("compact") in page.lower()
    assert 'href="/about#network">' in page
    note(studio, "vgg19")
    page = visitor.get("/about").text
    assert f"Pastiche {__version__}." in page
    assert painters(page) == ["vgg19"]
    assert network_name("vgg19") in page
    assert 'href="/about#network">' not in page
    assert not offers_to_fetch(page)


def test_a_network_is_downloaded_on_demand_with_progress(visitor, studio):
    note(studio, "compact")
    assert offers_to_fetch(visitor.get("/about").text)
    assert visitor.post("/network/fetch").location == "/about#network"
    assert studio.live.fetching().state == "wanted"
    studio.live.report_fetch(Fetch(state="running", bytes=20 * 2**20, total=80 * 2**20))
    said = visitor.get("/network").json
    assert (said["state"], said["percent"]) == ("running", 25)
    assert all(size in said["sentence"] for size in ("20 MB", "80 MB"))
    page = visitor.get("/about").text
    assert 'value="25"' in page
    assert said["sentence"] in page
    assert not offers_to_fetch(page)
    studio.live.report_fetch(Fetch(state="failed", problem="No answer."))
    page = visitor.get("/about").text
    assert "No answer." in page
    assert offers_to_fetch(page)


def test_without_permission_nothing_is_downloaded(make_app, redis, studio):
    note(studio, "compact")
    visitor = Visitor(make_app(redis_url=redis.url, fetch_from_page=False))
    page = visitor.get("/about").text
    assert 'id="network"' in page
    assert not offers_to_fetch(page)
    assert "python -m engine weights fetch" in page
    assert visitor.post("/network/fetch").status_code == 404
