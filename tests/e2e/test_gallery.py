"""The gallery and own styles: search, selection, the keyboard, and opening it in another browser."""

from __future__ import annotations

import io
import re
import zipfile

from playwright.sync_api import Locator, Page, expect

from app.wording import deleted_sentence
from tests.e2e.conftest import notice, open_details, paint_pictures, submit_button


def name_field(page: Page, name: str) -> Locator:
    """Find the field with a style's name, by its value and its accessible name."""
    return page.get_by_role("textbox", name=name).and_(
        page.locator(f".own-styles [name=name][value='{name}']")
    )


def remove(page: Page, name: str) -> None:
    """Remove a style; its button names it."""
    page.locator(".own-styles [formaction$='/remove']", has_text=name).click()


def test_pictures_are_searched_rated_by_key_deleted_and_restored(new_visitor, owner):
    client, path = owner
    client.post(f"{path}/label", {"title": "Tiger", "note": "for Grandmother"})
    page = new_visitor(client).page("/gallery?q=grandmother")
    page.keyboard.press("ArrowDown")  # with no picture focused
    expect(page.get_by_role("link", name="Tiger")).to_be_focused()
    page.keyboard.press("5")
    expect(page.locator(".stars")).to_have_text("★★★★★")
    page.goto(f"{client.url}/gallery")
    open_details(page, "#rating")
    page.locator("#rating").select_option("5")
    page.wait_for_url("**rating=5**")
    expect(page.locator("#rating")).to_be_focused()
    page.get_by_role("link", name="Tiger").focus()
    page.keyboard.press("Delete")
    expect(notice(page, "deleted")).to_contain_text("“Tiger”")
    expect(page.get_by_role("link", name="Tiger")).to_have_count(0)
    submit_button(page, "/undo").click()
    expect(page.get_by_role("link", name="Tiger")).to_be_visible()


def test_many_pictures_are_selected_compared_and_downloaded(new_visitor, stack, material):
    client = stack.client()
    paint_pictures(client, material, 3)
    page = new_visitor(client).page("/gallery")
    boxes = page.locator(".choose input")
    boxes.nth(0).check(force=True)
    boxes.nth(2).click(modifiers=["Shift"], force=True)
    expect(page.locator("#count")).to_contain_text("3")
    with page.expect_download() as download:
        page.locator("[formaction='/gallery/download']").click()
    names = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
    assert len(set(names)) == 3
    boxes.nth(1).uncheck(force=True)
    page.locator("[formaction='/gallery/compare']").click()
    expect(page.locator(".pairing img")).to_have_count(2)
    page.goto(f"{stack.url}/gallery")
    page.locator(".picture-grid a").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(boxes.nth(1)).to_be_checked()
    page.keyboard.press("Delete")
    expect(notice(page, "deleted")).to_be_visible()
    expect(page.locator(".picture-grid a").nth(1)).to_be_focused()
    page.locator("#all").click()
    page.locator("#delete").click()
    expect(notice(page, "deleted")).to_contain_text(deleted_sentence(2))


def test_the_private_link_opens_the_gallery_in_another_browser(new_visitor, owner_of_two):
    client, paths = owner_of_two
    page = new_visitor(client).page("/gallery/link")
    address = page.locator("#address").input_value()
    other = new_visitor().page(address.removeprefix(client.url))
    other.locator("main form button").click()
    expect(other.locator(f'a[href="{paths[0]}"]')).to_be_visible()


def test_own_styles_are_added_renamed_used_and_removed(new_visitor, owner, material, screenshots):
    client, path = owner
    page = new_visitor(client).page("/styles")
    expect(page.locator(".own-styles li")).to_have_count(1)  # the style of the finished picture
    page.set_input_files("#file", material.photo)
    submit_button(page, "/styles").click()
    expect(notice(page, "added")).to_contain_text("“Cat”")
    cat = page.locator(".own-styles li").first
    expect(name_field(page, "Cat")).to_be_visible()
    cat.locator("[name=name]").fill("My cat")
    submit_button(cat, "/name").click()
    expect(notice(page, "renamed")).to_contain_text("“My cat”")
    expect(name_field(page, "My cat")).to_be_visible()
    page.screenshot(path=screenshots / "styles.png", full_page=True)
    remove(page, "My cat")
    expect(name_field(page, "My cat")).to_have_count(0)
    submit_button(page, "/restore").click()
    expect(name_field(page, "My cat")).to_be_visible()
    remove(page, "Style")
    expect(page.locator(".own-styles li")).to_have_count(1)
    page.goto(f"{client.url}/")
    expect(page.locator("#style-picker").get_by_role("checkbox", name="My cat")).to_be_attached()
    expect(page.locator("#style-picker").get_by_role("checkbox", name=re.compile("^Style$"))).to_have_count(0)
    # The painting made with the removed style still shows it.
    page.goto(client.url + path)
    assert page.locator("[data-role=style] img").evaluate("img => img.decode().then(() => img.naturalWidth)")
