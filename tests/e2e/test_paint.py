"""The Paint page: choosing pictures, drafts, mixing, masks, recipes, and errors on the way."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from app.rules import library
from app.wording import default_title
from engine.imaging import images
from engine.pretrained.archive import PRETRAINED
from engine.recipe import Recipe, knobs
from tests.e2e.conftest import ORDER, submit_button
from tests.support.stack import until

LIMIT_S = 60
REFUSED = "[data-code=bad_picture]"


def choose_photo(page: Page, material) -> None:
    """Choose the photo, and wait until it is uploaded."""
    page.set_input_files("#photo", material.photo)
    expect(page.locator("[name=photo_id]")).not_to_have_value("")


def pick_style(page: Page, title: str) -> None:
    """Choose a style on the page, and wait until it is staged."""
    page.locator("#style-picker").get_by_role("checkbox", name=title).check()
    expect(page.locator(".style-tile", has_text=title).locator(".use:enabled")).to_have_count(1)


def order(page: Page) -> str:
    page.locator(ORDER).click()
    page.wait_for_url("**/paintings/*")
    return page.url


def draft_note(page: Page, code: str) -> Locator:
    """Find the note about the draft that has this code."""
    return page.locator(f"#draft-note[data-code={code}]")


def tiles(page: Page) -> list[str]:
    return page.locator(".style-tile .name").all_inner_texts()


def photo_of(page: Page) -> tuple[str, str | None, str]:
    """Return what the form would send and what the page shows: the photo's id, picture and name."""
    slot = page.locator(".picture-slot[data-role=content]")
    return (
        page.locator("[name=photo_id]").input_value(),
        slot.locator(".shown").get_attribute("src"),
        slot.locator(".caption .name").inner_text(),
    )


def hold_one_upload(page: Page) -> list[Route]:
    """Hold the next upload back until the test releases it; later ones overtake it."""
    held: list[Route] = []
    page.route("**/uploads", lambda route: route.continue_() if held else held.append(route))
    return held


def refuse(route: Route) -> None:
    refusal = {"code": "bad_picture", "message": "No.", "field": "photo"}
    route.fulfill(status=422, json={"error": refusal})


@pytest.fixture
def words(tmp_path) -> Path:
    """Return a file that is not a picture."""
    (tmp_path / "words.jpg").write_text("Dear diary")
    return tmp_path / "words.jpg"


@pytest.fixture
def refused(new_visitor):
    """A visitor some of whose files are refused, which the browser logs as an error."""
    visitor = new_visitor()
    yield visitor
    visitor.complaints[:] = [text for text in visitor.complaints if "422" not in text]


def test_a_style_replaces_the_previous_one_unless_they_are_mixed(visitor):
    page = visitor.page()
    pick_style(page, "Two Carp")
    pick_style(page, "Night Garden")
    assert tiles(page) == ["Night Garden"]
    page.locator("#mix").check()
    for title in ("Two Carp", "Neon Coast", "Old Harbour"):
        pick_style(page, title)
    page.locator("#style-picker").get_by_role("checkbox", name="Evening Wind").click()
    expect(page.locator("#found[data-code=too-many-styles]")).to_contain_text("4")
    page.locator("#style-picker").get_by_role("checkbox", name="Neon Coast").uncheck()
    assert tiles(page) == ["Night Garden", "Two Carp", "Old Harbour"]
    page.reload()
    assert tiles(page) == ["Night Garden", "Two Carp", "Old Harbour"]


def test_styles_are_searched_and_own_pictures_are_listed(visitor, material):
    page = visitor.page()
    page.set_input_files("#style", material.style)
    expect(page.locator("#style-list").get_by_role("checkbox", name="coffee")).to_be_checked()
    page.fill("#q", "mosaic")
    expect(page.locator(".style-option:visible")).to_have_count(1)
    expect(page.locator("#found")).to_be_empty()
    page.fill("#q", "zebra")
    expect(page.locator("#found[data-code=nothing-found]")).not_to_be_empty()


@pytest.mark.skipif(
    not (PRETRAINED / "decoder.npz").exists(), reason="the network that drafts is not there yet"
)
def test_a_draft_appears_at_once_and_follows_changes(visitor, material, screenshots):
    page = visitor.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    expect(page.locator(".draft.there")).to_be_visible(timeout=LIMIT_S * 1000)
    expect(draft_note(page, "here")).not_to_be_empty()
    first = page.locator(".draft.there").get_attribute("src")
    page.screenshot(path=screenshots / "paint-drafted.png", full_page=True)
    page.get_by_label(knobs()["strength"].label, exact=True).fill("90")
    until(
        lambda: page.locator(".draft.there").last.get_attribute("src") != first,
        LIMIT_S,
        "the draft to follow",
    )
    expect(page.locator(".draft")).to_have_count(1)  # the previous one fades out and is removed
    thumbnail = page.locator("#draft-thumbnail")
    page.locator(ORDER).scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    expect(thumbnail).to_be_visible()
    thumbnail.click()
    expect(thumbnail).to_be_hidden()
    page.locator("#peek").click()
    expect(page.locator(".draft")).to_have_css("opacity", "0")
    expect(draft_note(page, "photo")).not_to_be_empty()
    page.locator("#peek").click()
    expect(page.locator(".draft")).to_have_css("opacity", "1")
    page.locator("#style-picker").get_by_role("checkbox", name="Two Carp").uncheck()
    expect(page.locator(".draft")).to_have_count(0)


def test_without_drafts_the_page_says_so_and_still_paints(new_visitor, material):
    visitor = new_visitor()
    page = visitor.page()
    refusal = {"error": {"code": "unavailable", "message": "Not today.", "field": None}}
    page.route("**/drafts", lambda route: route.fulfill(status=503, json=refusal))
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    expect(draft_note(page, "unavailable")).to_have_text("Not today.")
    expect(page.locator(".shown")).to_be_visible()
    order(page)
    visitor.complaints[:] = [text for text in visitor.complaints if "503" not in text]


def test_a_mask_is_painted_with_mouse_and_keyboard(visitor, material, screenshots):
    page = visitor.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    page.locator(".edit-mask").click()
    canvas = page.locator("#mask canvas")
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    page.locator("#mask [name=tool][value=eraser]").check(force=True)
    page.keyboard.press("Tab")
    page.locator("#mask button[value=invert]").click()
    page.locator("#mask button[value=undo]").click()
    page.screenshot(path=screenshots / "paint-mask.png")
    page.locator("#mask button[value=done]").click()
    expect(page.locator(".edit-mask")).to_have_attribute("data-state", "masked")
    mask = page.locator("input.mask").input_value()
    answer = visitor.context.request.get(f"{visitor.url}/files/uploads/{mask}/320.webp")
    shades = np.asarray(Image.open(io.BytesIO(answer.body())).convert("L"))
    assert shades.min() < 20
    assert shades.max() > 235
    assert 0.02 < (shades > 128).mean() < 0.5
    order(page)
    page.goto(f"{visitor.url}/?again={page.url.rsplit('/', 1)[1]}")
    expect(page.locator("input.mask")).to_have_value(mask)


def test_a_picture_painted_here_fills_the_form_with_its_recipe(visitor, tmp_path):
    rgb = np.full((64, 96, 3), 0.5, np.float32)
    recipe = Recipe(strength=83, quality="sketch", style_layers=("block1_conv1", "block2_conv1"))
    (tmp_path / "painted.png").write_bytes(images.encode(rgb, "png", recipe=recipe))
    page = visitor.page()
    page.set_input_files("#photo", tmp_path / "painted.png")
    expect(page.locator("#recipe-loaded")).to_be_visible()
    expect(page.locator("#strength")).to_have_value("83")
    assert page.locator("[name=quality]:checked").input_value() == "sketch"
    assert page.locator("[name=style_layers]:checked").count() == 2
    page.locator("#restore-settings").click()
    expect(page.locator("#strength")).to_have_value("50")
    assert page.locator("[name=quality]:checked").input_value() == "screen"
    assert page.locator("[name=style_layers]:checked").count() == 0


def test_an_upload_is_repeated_after_a_lost_connection(new_visitor, material):
    visitor = new_visitor()
    page = visitor.page()
    attempts = []

    def lose_the_first(route):
        attempts.append(1)
        route.abort() if len(attempts) == 1 else route.continue_()

    page.route("**/uploads", lose_the_first)
    page.set_input_files("#photo", material.photo)
    expect(page.locator("#photo-error[data-code=lost]")).to_be_visible()
    expect(page.locator("[name=photo_id]")).not_to_have_value("")
    assert len(attempts) == 2
    visitor.complaints.clear()


@pytest.mark.parametrize("end", ["taken", "refused"])
def test_a_photo_that_was_overtaken_by_another_is_ignored(refused, material, end):
    page = refused.page()
    held = hold_one_upload(page)
    with page.expect_request("**/uploads"):
        page.set_input_files("#photo", material.photo)
    with page.expect_response("**/uploads") as answer:
        page.set_input_files("#photo", material.style)
    expect(page.locator("[name=photo_id]")).to_have_value(answer.value.json()["id"])
    newest = photo_of(page)
    with page.expect_response("**/uploads"):
        held[0].continue_() if end == "taken" else refuse(held[0])
    page.wait_for_timeout(500)  # it must have no effect
    assert photo_of(page) == newest
    assert newest[2] == "coffee.png"
    expect(page.locator(".picture-slot .error")).to_have_count(0)


def test_a_file_that_is_not_a_picture_is_refused_and_the_rest_stays(refused, material, words):
    page = refused.page()
    choose_photo(page, material)
    page.set_input_files("#photo", words)
    expect(page.get_by_role("alert").and_(page.locator(REFUSED))).to_contain_text("words.jpg")
    expect(page.locator(".picture-slot .shown")).to_be_visible()
    pick_style(page, "Two Carp")
    order(page)


def test_a_refused_file_is_marked_until_a_picture_is_chosen(refused, material, words):
    page = refused.page()
    page.set_input_files("#photo", words)
    expect(page.locator("#photo")).to_have_attribute("aria-invalid", "true")
    choose_photo(page, material)
    assert page.locator("#photo").get_attribute("aria-invalid") is None


def test_a_refused_photo_leaves_the_previous_one_and_its_masks(refused, material, words):
    page = refused.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    page.locator(".edit-mask").click()
    page.locator("#mask canvas").click()
    page.locator("#mask button[value=done]").click()
    expect(page.locator(".edit-mask")).to_have_attribute("data-state", "masked")
    mask, before = page.locator("input.mask").input_value(), photo_of(page)
    held = hold_one_upload(page)
    with page.expect_request("**/uploads"):
        page.set_input_files("#photo", material.style)
    page.locator(".edit-mask").click()
    expect(page.get_by_role("alert").and_(page.locator("[data-code=photo-on-its-way]"))).to_be_visible()
    page.set_input_files("#photo", words)
    expect(page.locator(f"#photo-error{REFUSED}")).to_contain_text("words.jpg")
    assert photo_of(page) == before
    assert page.locator("input.mask").input_value() == mask
    with page.expect_response("**/uploads"):
        held[0].continue_()
    page.wait_for_timeout(500)  # it must have no effect
    assert photo_of(page) == before
    page.set_input_files("#photo", material.style)
    expect(page.locator("input.mask")).to_have_value("")  # it would not fit another photo
    expect(page.locator(".edit-mask")).to_have_attribute("data-state", "everywhere")


def test_a_refused_style_leaves_the_previous_one(refused, material, words):
    page = refused.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    page.locator(".style-tile .share input").evaluate("box => { box.value = 70; }")
    chosen = page.locator(".style-tile .use").input_value()
    held = hold_one_upload(page)
    with page.expect_request("**/uploads"):
        page.set_input_files("#style", material.style)
    page.set_input_files("#style", words)
    expect(page.get_by_role("alert").and_(page.locator(REFUSED))).to_contain_text("words.jpg")
    refuse(held[0])
    assert tiles(page) == ["Two Carp"]
    assert page.locator(".style-tile .use:enabled").input_value() == chosen
    assert page.locator(".style-tile .share input").input_value() == "70"
    expect(page.locator("#style-picker").get_by_role("checkbox", name="Two Carp")).to_be_checked()
    page.reload()
    assert tiles(page) == ["Two Carp"]


def test_a_double_click_makes_one_painting_and_a_changed_form_another(visitor, material):
    page = visitor.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    page.locator(ORDER).dblclick()
    page.wait_for_url("**/paintings/*")
    first = page.url
    page.go_back()
    expect(page.locator(".picture-slot .shown")).to_be_visible()
    assert tiles(page) == ["Two Carp"]
    page.fill("#size", "200")
    assert order(page) != first
    page.goto(f"{visitor.url}/gallery")
    expect(page.locator(".picture-item")).to_have_count(2)


def test_an_expired_session_loses_nothing_that_was_typed(visitor, material):
    page = visitor.page()
    choose_photo(page, material)
    pick_style(page, "Two Carp")
    page.fill("#size", "320")
    page.evaluate("document.querySelector('#paint [name=csrf_token]').value = 'gone'")
    page.locator(ORDER).click()
    expect(page.get_by_role("alert").and_(page.locator("[data-code=csrf]"))).to_be_visible()
    expect(page.locator("#size")).to_have_value("320")
    visitor.complaints[:] = [text for text in visitor.complaints if "400" not in text]
    order(page)


def test_a_first_visitor_paints_the_example_with_one_click(visitor):
    page = visitor.page()
    submit_button(page, "/example").click()
    scene, style = (library.find(key).title for key in library.EXAMPLE)
    expect(page.get_by_role("heading", name=default_title(scene, [style]))).to_be_visible()
    assert page.locator("#preview, .after").count() == 1


def test_an_instant_style_paints_in_one_pass(visitor, material, screenshots):
    page = visitor.page()
    choose_photo(page, material)
    pick_style(page, "The Great Wave")
    expect(page.locator(".style-tile [name=feedforward_style]:enabled")).to_have_count(1)
    page.screenshot(path=screenshots / "paint-instant-style.png", full_page=True)
    order(page)
    expect(page.locator("#painting[data-status=finished]")).to_be_attached(timeout=LIMIT_S * 1000)
    expect(page.locator("#made[data-network=great_wave]")).to_contain_text("“The Great Wave”")
    page.screenshot(path=screenshots / "painting-instant-style.png", full_page=True)
