"""Which network paints, and fetching a better one from a page."""

import pytest

from engine.version import __version__
from jobs.fetching import Fetch
from jobs.live import WorkerNote
from tests.unit.app.conftest import Visitor


@pytest.fixture
def app(make_app, redis):
    return make_app(redis_url=redis.url)


def note(studio, backbone):
    said = WorkerNote(id="p", kind="paint", host="h", backbone=backbone, problem=None)
    studio.live.announce_worker(said)


def test_the_built_in_network_paints_and_a_finer_one_is_offered(visitor, studio):
    note(studio, "compact")
    page = visitor.get("/").text
    assert "The built-in network will paint." in page
    assert "VGG19 would paint finer strokes" in page
    note(studio, "vgg19")
    page = visitor.get("/about").text
    assert f"Pastiche {__version__}." in page
    assert "VGG19 will paint." in page
    assert "Fetch VGG19" not in page


def test_it_is_fetched_on_demand_with_progress(visitor, studio):
    note(studio, "compact")
    assert "Fetch VGG19" in visitor.get("/about").text
    assert visitor.post("/network/fetch").location == "/about#network"
    assert studio.live.fetching().state == "wanted"
    studio.live.say_fetch(Fetch(state="running", bytes=20 * 2**20, total=80 * 2**20))
    said = visitor.get("/network").json
    assert said == {"state": "running", "sentence": "Fetching VGG19: 20 MB of 80 MB.", "percent": 25}
    assert 'value="25"' in visitor.get("/about").text
    studio.live.say_fetch(Fetch(state="failed", problem="The network is away."))
    page = visitor.get("/about").text
    assert "The network is away." in page
    assert "Fetch VGG19" in page


def test_where_the_owner_does_not_allow_it_nothing_is_fetched(make_app, redis, studio):
    note(studio, "compact")
    visitor = Visitor(make_app(redis_url=redis.url, fetch_from_page=False))
    page = visitor.get("/about").text
    assert "Fetch VGG19" not in page
    assert "python -m engine weights fetch" in page
    assert visitor.post("/network/fetch").status_code == 404
