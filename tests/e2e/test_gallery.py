"""The gallery and one's own styles: finding, choosing many, the keyboard, and coming from another browser."""

from __future__ import annotations

import io
import re
import zipfile

from playwright.sync_api import expect

from tests.e2e.conftest import hang


def test_pictures_are_found_rated_by_key_deleted_and_brought_back(arrive, owner):
    client, path = owner
    client.post(f"{path}/label", {"title": "Tiger", "note": "for Grandmother"})
    page = arrive(client).page("/gallery?q=grandmother")
    page.keyboard.press("ArrowDown")  # from nowhere in particular
    expect(page.get_by_role("link", name="Tiger")).to_be_focused()
    page.keyboard.press("5")
    expect(page.locator(".stars")).to_have_text("★★★★★")
    page.goto(f"{client.url}/gallery")
    page.get_by_text("Filter").click()
    page.get_by_label("Stars").select_option("5")
    page.wait_for_url("**rating=5**")
    expect(page.get_by_label("Stars")).to_be_focused()
    page.get_by_role("link", name="Tiger").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("“Tiger” was deleted")).to_be_visible()
    expect(page.get_by_role("link", name="Tiger")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Tiger")).to_be_visible()


def test_many_are_chosen_compared_and_downloaded(arrive, stack, material):
    client = stack.client()
    hang(client, material, 3)
    page = arrive(client).page("/gallery")
    boxes = page.locator(".choose input")
    boxes.nth(0).check(force=True)
    boxes.nth(2).click(modifiers=["Shift"], force=True)
    expect(page.locator("#count")).to_have_text("3 chosen")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    names = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
    assert len(set(names)) == 3
    boxes.nth(1).uncheck(force=True)
    page.get_by_role("button", name="Compare two").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    page.goto(f"{stack.url}/gallery")
    page.locator(".hang a").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(boxes.nth(1)).to_be_checked()
    page.keyboard.press("Delete")
    expect(page.get_by_text("was deleted")).to_be_visible()
    expect(page.locator(".hang a").nth(1)).to_be_focused()
    page.get_by_role("button", name="Choose all").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 pictures were deleted")).to_be_visible()


def test_the_private_link_opens_the_gallery_in_another_browser(arrive, painter):
    client, paths = painter
    page = arrive(client).page("/gallery/link")
    address = page.get_by_label("Private link").input_value()
    other = arrive().page(address.removeprefix(client.url))
    other.get_by_role("button", name="Open it in this browser").click()
    expect(other.locator(f'a[href="{paths[0]}"]')).to_be_visible()


def test_own_styles_are_added_named_used_and_removed(arrive, owner, material, screenshots):
    client, path = owner
    page = arrive(client).page("/styles")
    expect(page.locator(".shelf li")).to_have_count(1)  # of the picture that was painted
    page.set_input_files("#file", material.photo)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("hangs on your wall")).to_be_visible()
    page.get_by_label("Name of cat").fill("My cat")
    page.locator("li", has=page.get_by_label("Name of cat")).get_by_role("button", name="Rename").click()
    expect(page.get_by_text("It is called “My cat” now.")).to_be_visible()
    expect(page.get_by_label("Name of My cat")).to_be_visible()
    page.screenshot(path=screenshots / "styles.png", full_page=True)
    page.get_by_role("button", name="Remove My cat").click()
    expect(page.get_by_label("Name of My cat")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Name of My cat")).to_be_visible()
    page.get_by_role("button", name="Remove Style").click()
    expect(page.locator(".shelf li")).to_have_count(1)
    page.goto(f"{client.url}/")
    expect(page.locator("#wall").get_by_role("checkbox", name="My cat")).to_be_attached()
    expect(page.locator("#wall").get_by_role("checkbox", name=re.compile("^Style$"))).to_have_count(0)
    # What was painted with the one that is gone has it still.
    page.goto(client.url + path)
    assert page.get_by_role("img", name="The style").evaluate(
        "img => img.decode().then(() => img.naturalWidth)"
    )
