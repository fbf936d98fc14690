"""Accessibility: both colour modes, phones, keyboard, screen readers, and no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ORDER, PHONE, links_to, notice, open_details, submit_button
from tests.support.axe import axe_script, violations

PAGES = {
    "paint": "/",
    "gallery": "/gallery",
    "styles": "/styles",
    "about": "/about",
    "api": "/api",
    "link": "/gallery/link",
    "missing": "/nowhere",
}


@pytest.fixture(scope="session")
def pages(owner_of_two) -> dict[str, str]:
    _, paths = owner_of_two
    first, second = (path.rsplit("/", 1)[1] for path in paths)
    return PAGES | {
        "again": f"/?again={first}",
        "picture": paths[0],
        "compare": f"/compare?id={first}&id={second}",
        "sheet": f"{paths[0]}/variations",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_and_has_no_accessibility_violations(
    new_visitor, owner_of_two, pages, screenshots, scheme, width, pytestconfig
):
    script = axe_script(pytestconfig.cache.mkdir("axe"))
    visitor = new_visitor(
        owner_of_two[0], color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    page = visitor.context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    found = {}
    for name, path in pages.items():
        page.goto(visitor.url + path)
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if problems := violations(page, script):
            found[name] = problems
    assert found == {}
    assert {host for host in hosts if host} == {visitor.url.removeprefix("http://")}


def test_the_main_path_with_the_keyboard_only(visitor, material):
    page = visitor.page()
    page.set_input_files("#photo", material.photo)  # the file dialog belongs to the browser
    expect(page.locator("[name=photo_id]")).not_to_have_value("")

    def tab_to(selector: str) -> None:
        """Press Tab until something has the focus."""
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} was not reached")

    tab_to(".pick[value=two-carp]")
    page.keyboard.press(" ")
    expect(page.locator(".style-tile .use:enabled")).to_have_count(1)
    tab_to("#size")
    page.keyboard.press("Control+a")
    page.keyboard.type("96")
    tab_to(".start .main-action")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/paintings/*")
    expect(page.locator("#painting[data-status=finished]")).to_be_attached(timeout=120_000)
    tab_to(".downloads a")
    tab_to(".foot a[href='/about']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/about")
    expect(page.locator("#network")).to_be_visible()


def test_the_main_path_on_a_phone(new_visitor, material, screenshots):
    visitor = new_visitor(viewport=PHONE, has_touch=True, is_mobile=True)
    page = visitor.page()
    page.set_input_files("#photo", material.photo)
    expect(page.locator("[name=photo_id]")).not_to_have_value("")
    page.locator(".style-option", has_text="Two Carp").tap()
    expect(page.locator(".style-tile .use:enabled")).to_have_count(1)
    page.screenshot(path=screenshots / "paint-chosen-phone.png", full_page=True)
    page.fill("#size", "96")
    page.locator(ORDER).tap()
    page.wait_for_url("**/paintings/*")
    expect(page.locator("#painting[data-status=finished]")).to_be_attached(timeout=120_000)
    page.screenshot(path=screenshots / "painting-phone.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("nav a[href='/gallery']").tap()
    expect(page.locator(".picture-item")).to_have_count(1)


def test_styles_masks_and_orders_work_without_scripts(new_visitor, stack, material):
    client = stack.client()
    visitor = new_visitor(client, java_script_enabled=False)
    page = visitor.page("/styles")
    page.set_input_files("#file", material.style)
    submit_button(page, "/styles").click()
    links_to(page, "/?style=").click()
    page.set_input_files("#photo", material.photo)
    page.locator("[name^=maskfile]").set_input_files(material.photo)
    page.fill("#size", "4000")
    page.locator(ORDER).click()
    expect(page.get_by_role("alert").locator("[data-of=size]")).to_be_visible()
    expect(page.locator("#size-error[data-code=out-of-bounds]")).to_be_visible()
    assert page.locator("input.mask").input_value()
    visitor.complaints[:] = [text for text in visitor.complaints if "422" not in text]
    page.fill("#size", "96")
    page.locator(ORDER).click()
    expect(page.locator("#painting")).to_be_attached()
    client.wait_for(page.url.removeprefix(stack.url), "finished")
    page.reload()
    open_details(page, "form[action$='/delete']")
    submit_button(page, "/delete").click()
    expect(notice(page, "deleted")).to_be_visible()
