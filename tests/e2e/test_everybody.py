"""For everybody: in both modes, on a phone, by keyboard alone, for a screen reader, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ORDER, PHONE, leads, notice, sends, unfold
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
def pages(painter) -> dict[str, str]:
    _, paths = painter
    first, second = (path.rsplit("/", 1)[1] for path in paths)
    return PAGES | {
        "again": f"/?again={first}",
        "picture": paths[0],
        "compare": f"/compare?id={first}&id={second}",
        "sheet": f"{paths[0]}/variations",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_looks_and_reads_well(
    arrive, painter, pages, screenshots, scheme, width, pytestconfig
):
    script = axe_script(pytestconfig.cache.mkdir("axe"))
    visitor = arrive(
        painter[0], color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
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


def test_the_main_path_by_keyboard_alone(visitor, material):
    page = visitor.page()
    page.set_input_files("#photo", material.photo)  # a file dialog is the browser's own
    expect(page.locator("[name=photo_id]")).not_to_have_value("")

    def walk(selector: str) -> None:
        """Press Tab until something has the focus, which must be seen there."""
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} was not reached")

    walk(".pick[value=two-carp]")
    page.keyboard.press(" ")
    expect(page.locator(".style-tile .use:enabled")).to_have_count(1)
    walk("#size")
    page.keyboard.press("Control+a")
    page.keyboard.type("96")
    walk(".start .main-action")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/paintings/*")
    expect(page.locator("#painting[data-status=finished]")).to_be_attached(timeout=120_000)
    walk(".downloads a")
    walk(".foot a[href='/about']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/about")
    expect(page.locator("#network")).to_be_visible()


def test_the_main_path_on_a_phone(arrive, material, screenshots):
    visitor = arrive(viewport=PHONE, has_touch=True, is_mobile=True)
    page = visitor.page()
    page.set_input_files("#photo", material.photo)
    expect(page.locator("[name=photo_id]")).not_to_have_value("")
    page.locator(".hung", has_text="Two Carp").tap()
    expect(page.locator(".style-tile .use:enabled")).to_have_count(1)
    page.screenshot(path=screenshots / "paint-chosen-phone.png", full_page=True)
    page.fill("#size", "96")
    page.locator(ORDER).tap()
    page.wait_for_url("**/paintings/*")
    expect(page.locator("#painting[data-status=finished]")).to_be_attached(timeout=120_000)
    page.screenshot(path=screenshots / "painting-phone.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("nav a[href='/gallery']").tap()
    expect(page.locator(".piece")).to_have_count(1)


def test_without_scripts_styles_are_kept_masks_are_sent_and_the_queue_is_moved(arrive, stack, material):
    client = stack.client()
    visitor = arrive(client, java_script_enabled=False)
    page = visitor.page("/styles")
    page.set_input_files("#file", material.style)
    sends(page, "/styles").click()
    leads(page, "/?style=").click()
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
    unfold(page, "form[action$='/delete']")
    sends(page, "/delete").click()
    expect(notice(page, "deleted")).to_be_visible()
