"""The styles on the Paint page, and the example for new visitors."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from app.rules import library
from app.wording import default_title
from engine.recipe import Recipe
from jobs.job import Status
from tests.unit.app.conftest import picture


def picks(page: str) -> list[str]:
    return re.findall(r'class="pick" type="checkbox" name="(?!feedforward_style)\w+" value="([^"]+)"', page)


def test_the_page_shows_every_style_of_the_library(visitor):
    page = visitor.get("/").text
    assert picks(page) == [picture.id for picture in library.styles()]
    assert len(picks(page)) == 12
    small = visitor.get("/files/styles/night-garden/320.webp")
    assert max(Image.open(io.BytesIO(small.data)).size) == 320
    assert "public" in small.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["no-such/320.webp", "night-garden/319.webp", "styles.json/320.webp"])
def test_only_pictures_of_the_library_are_served(visitor, path):
    assert visitor.get(f"/files/styles/{path}").status_code == 404


def test_a_style_is_found_by_title_and_technique(visitor):
    assert picks(visitor.get("/?q=GARDEN+night").text) == ["night-garden"]
    assert picks(visitor.get("/?q=mosaic").text) == ["two-carp"]
    nothing = visitor.get("/?q=zebra").text
    assert picks(nothing) == []
    assert 'id="found" role="status" data-code="nothing-found">' in nothing
    assert 'data-code="nothing-found"' not in visitor.get("/?q=mosaic").text


def test_a_library_style_is_ordered_without_scripts(visitor, studio):
    answer = visitor.order(style=None, library=["night-garden", "two-carp"])
    job = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert [style.name for style in job.styles] == ["Night Garden", "Two Carp"]
    assert job.title == default_title("cat.png", ["Night Garden", "Two Carp"])
    assert all(studio.media.exists(style.key) for style in job.styles)


def test_five_library_styles_are_too_many(visitor):
    answer = visitor.order(library=[picture.id for picture in library.styles()[:4]])
    assert answer.status_code == 422
    assert 'id="style-error" data-code="too-many-styles">' in answer.text


def test_a_library_title_keeps_its_hyphen(visitor):
    garden = library.find("cut-garden")
    answer = visitor.order(style=None, library=garden.id)
    assert default_title("cat.png", [garden.title]).endswith(garden.title)
    assert default_title("cat.png", [garden.title]) in visitor.get(answer.location).text


def test_a_script_can_stage_a_library_style(visitor):
    headers = {"X-CSRFToken": visitor.token(), "Accept": "application/json"}
    staged = visitor.post_bare("/uploads", {"role": "style", "library": "two-carp"}, headers=headers)
    assert staged.status_code == 201
    assert staged.json["name"] == "Two Carp"
    page = visitor.get(f"/?style={staged.json['id']}").text
    assert 'data-key="two-carp"' in page
    assert 'value="two-carp" data-kind="library" data-name="Two Carp" data-chosen' in page
    unknown = visitor.post_bare("/uploads", {"role": "style", "library": "no-such"}, headers=headers)
    assert unknown.json["error"]["code"] == "no_file"


def test_own_styles_are_listed_afterwards(visitor, stranger, submit):
    job = submit()
    own = job.styles[0].id
    assert own in picks(visitor.get("/").text)
    assert own in picks(visitor.get("/?q=wave").text)
    assert own not in picks(visitor.get("/?q=mosaic").text)
    assert own not in picks(visitor.get(f"/?style={own}").text)
    assert own not in stranger.get("/").text


def test_a_used_library_style_is_listed_once(visitor):
    visitor.order(style=None, library="two-carp")
    assert len(picks(visitor.get("/").text)) == 12


def test_a_first_visitor_paints_the_example_with_one_click(visitor, studio):
    assert 'action="/example"' in visitor.get("/").text
    first, second = visitor.post("/example"), visitor.post("/example")
    assert first.status_code == 303
    assert first.location == second.location
    job = studio.store.jobs.find(first.location.rsplit("/", 1)[-1])
    scene, style = (library.find(key).title for key in library.EXAMPLE)
    assert job.title == default_title(scene, [style])
    assert job.recipe == Recipe(size=384, quality="sketch")
    assert job.status is Status.QUEUED
    assert 'action="/example"' not in visitor.get("/").text


def test_the_example_disappears_once_there_is_a_photo(visitor):
    page = visitor.order(size="1").text
    photo = re.search(r'name="photo_id" value="(\w+)"', page)[1]
    assert 'action="/example"' not in visitor.get(f"/?photo={photo}").text


def test_an_own_style_named_like_a_library_style_is_listed_too(visitor, studio):
    answer = visitor.order(style=(picture(33, 33), "Two Carp.png"))
    job = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert job.styles[0].id in picks(visitor.get("/").text)
