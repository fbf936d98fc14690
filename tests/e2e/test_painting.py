"""A painting's page: steering, waiting, variations, labels, and errors while it is open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from app.wording import MASKS_CHANGED
from engine.recipe import Recipe, knobs
from jobs.variations import variations
from tests.e2e.conftest import links_to, notice, open_details, submit_button
from tests.support.stack import Client, photo, until

LIMIT_S = 120
STRENGTH = knobs()["strength"].label
LONG = {"size": 256, "max_steps": 10_000}


def status(page: Page) -> str | None:
    return page.locator("#painting").get_attribute("data-status")


@pytest.fixture
def long_painting(material) -> Iterator[Callable[..., str]]:
    """Return a function that orders a painting of several minutes; it is cancelled after the test."""
    ordered: list[tuple[Client, str]] = []

    def order(client: Client, **choices) -> str:
        photo, style = material.photo.read_bytes(), material.style.read_bytes()
        ordered.append((client, client.order(photo, style, **(LONG | choices))))
        return ordered[-1][1]

    yield order
    for client, path in ordered:
        client.post(f"{path}/cancel")


def test_a_painting_is_steered_masked_paused_and_stopped(new_visitor, stack, screenshots, long_painting):
    client = stack.client()
    path = long_painting(client)
    page = new_visitor(client).page(path)
    until(lambda: status(page) == "painting", LIMIT_S, "the painting to begin")
    expect(page).to_have_title(re.compile(r"^\d+ % · "))
    expect(page.locator("link[rel=icon]")).to_have_attribute(
        "href", re.compile("^blob:"), timeout=LIMIT_S * 1000
    )
    page.get_by_label(STRENGTH).fill("90")
    page.get_by_role("button", name="“Style”").click()
    page.locator("#mask canvas").click(position={"x": 30, "y": 30})
    with page.expect_response(lambda answer: answer.url.endswith("/masks")):
        page.locator("#mask button[value=done]").click()
    log = page.locator("#log")
    until(lambda: page.reload() and MASKS_CHANGED in log.text_content(), LIMIT_S, "the mask to be logged")
    expect(log.locator("[data-kind=steered]").first).to_contain_text(re.compile(f"{STRENGTH}.* 90 %"))
    expect(page.get_by_label(STRENGTH)).to_have_value("90")
    expect(page.locator("#curve")).to_be_visible(timeout=LIMIT_S * 1000)
    page.screenshot(path=screenshots / "painting-steered.png", full_page=True)
    submit_button(page, "/pause").click()
    until(lambda: status(page) == "paused", LIMIT_S, "the painting to pause")
    expect(page.locator("#percent")).to_be_visible()
    expect(page.locator("#curve")).to_be_visible()
    submit_button(page, "/resume").click()
    until(lambda: status(page) == "painting", LIMIT_S, "the painting to go on")
    open_details(page, "#log")
    submit_button(page, "/pause").click()
    until(lambda: status(page) == "paused", LIMIT_S, "the painting to pause again")
    submit_button(page, "/stop").click()
    until(lambda: status(page) == "stopped", LIMIT_S, "the painting to stop")
    expect(page.locator("#log")).to_be_visible()
    expect(page.locator(".downloads a[href$='.png']")).to_be_visible()


def test_two_pages_steer_the_same_painting(new_visitor, stack, long_painting):
    client = stack.client()
    path = long_painting(client)
    visitor = new_visitor(client)
    one, other = visitor.page(path), visitor.page(path)
    until(lambda: status(one) == "painting" == status(other), LIMIT_S, "the painting to begin")
    colours = knobs()["keep_colours"].label
    one.get_by_label(STRENGTH).fill("20")
    expect(other.get_by_label(STRENGTH)).to_have_value("20", timeout=LIMIT_S * 1000)
    other.get_by_label(colours).fill("60")
    expect(one.get_by_label(colours)).to_have_value("60", timeout=LIMIT_S * 1000)
    expect(one.get_by_label(STRENGTH)).to_have_value("20")
    client.post(f"{path}/cancel")
    until(lambda: status(one) == "cancelled", LIMIT_S, "the page to notice")


def test_a_notification_is_shown_when_the_painting_ends(new_visitor, stack, long_painting):
    client = stack.client()
    path = long_painting(client)
    visitor = new_visitor(client)
    visitor.context.add_init_script(
        """window.Notification = class { constructor(title, options) {
             localStorage.notification = JSON.stringify({ title, ...options }); }
             static permission = "granted"; static requestPermission = async () => "granted"; };"""
    )
    page = visitor.page(path)
    page.locator("#notify").click()
    expect(page.locator("#notify")).to_have_attribute("data-state", "asked")
    until(lambda: status(page) == "painting", LIMIT_S, "the painting to begin")
    expect(page.locator("#notify")).to_have_attribute("data-state", "asked")
    client.post(f"{path}/stop")
    until(lambda: status(page) == "stopped", LIMIT_S, "the painting to stop")
    notification = json.loads(page.evaluate("localStorage.notification"))
    assert notification.pop("body")
    assert notification == {"title": page.locator("h1").inner_text(), "data": "stopped"}


def test_without_notifications_the_page_still_shows_the_end(new_visitor, stack, long_painting):
    client = stack.client()
    path = long_painting(client)
    visitor = new_visitor(client)
    visitor.context.add_init_script(  # as Chrome on Android does
        """window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); }
             static permission = "granted"; static requestPermission = async () => "granted"; };"""
    )
    page = visitor.page(path)
    until(lambda: status(page) == "painting", LIMIT_S, "the painting to begin")
    page.locator("#notify").click()
    expect(page.locator("#notify")).to_have_attribute("data-state", "asked")
    client.post(f"{path}/stop")
    client.wait_for(path, "stopped")
    until(lambda: status(page) == "stopped", 30, "the page to notice")


def test_a_mask_is_not_lost_when_the_painting_starts_meanwhile(new_visitor, stack, long_painting):
    client = stack.client()
    first = long_painting(client)
    client.wait_for(first, "painting")
    path = long_painting(client, seed=1)
    page = new_visitor(client).page(path)
    page.get_by_role("button", name="“Style”").click()
    canvas = page.locator("#mask canvas")
    canvas.click(position={"x": 30, "y": 30})

    def says_painting(answer: Response) -> bool:
        return answer.url.endswith("/status") and answer.ok and answer.json()["status"] == "painting"

    with page.expect_response(says_painting):
        client.post(f"{first}/cancel")
    page.wait_for_timeout(500)  # nothing may come of it
    expect(canvas).to_be_visible()
    canvas.click(position={"x": 60, "y": 60})
    page.locator("#mask button[value=done]").click()
    expect(page.locator("#painting[data-status=painting]")).to_be_attached()
    expect(page.locator(".change-mask")).to_have_attribute("data-mask", re.compile("/files/uploads/"))
    assert MASKS_CHANGED in page.locator("#log").text_content()


def test_a_lost_connection_is_shown_until_it_is_back(new_visitor, stack, long_painting):
    client = stack.client()
    path = long_painting(client)
    visitor = new_visitor(client)
    page = visitor.page(path)
    until(lambda: status(page) == "painting", LIMIT_S, "the painting to begin")
    visitor.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible(timeout=LIMIT_S * 1000)
    visitor.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden(timeout=LIMIT_S * 1000)
    client.post(f"{path}/cancel")
    visitor.complaints[:] = [text for text in visitor.complaints if "ERR_INTERNET_DISCONNECTED" not in text]


def test_the_own_queue_is_reordered(new_visitor, stack, long_painting):
    client = stack.client()
    paths = [long_painting(client, seed=seed, start="noise") for seed in range(4)]
    client.wait_for(paths[0], "painting")  # the others have places in the queue
    page = new_visitor(client).page("/gallery")
    last = page.locator(".picture-item", has=page.locator(f'a[href="{paths[3]}"]'))
    reorder = last.locator(".reorder")
    place = reorder.get_attribute("data-place")
    assert reorder.get_attribute("data-of") == place
    expect(reorder).to_contain_text(re.compile(f"{place}.*{place}"))
    expect(last.locator("[data-action=later]")).to_have_count(0)
    last.locator("[data-action=sooner]").click()
    expect(last.locator("[data-action=later]")).to_be_visible()
    page.goto(stack.url + paths[3])
    first = page.locator("form[action$='/place'] button[value='0']")
    first.click()
    expect(page.locator("#painting")).to_be_attached()
    expect(first).to_have_count(0)


def test_variations_are_shown_and_one_is_painted_large(new_visitor, owner, screenshots):
    client, path = owner
    page = new_visitor(client).page(path)
    submit_button(page, "/variations").click()
    expect(page.locator(".picture-item")).to_have_count(6)
    stronger = next(
        variation.title for variation in variations(Recipe()) if variation.changes.get("strength", 0) == 75
    )
    large = page.locator(".picking").get_by_role("button", name=f"“{stronger}”")
    expect(large).to_be_visible(timeout=2 * LIMIT_S * 1000)
    page.screenshot(path=screenshots / "variations.png", full_page=True)
    large.click()
    expect(page.get_by_role("heading", name=f"({stronger.lower()})")).to_be_visible()
    page.goto(client.url + path)
    expect(links_to(page, f"{path}/variations")).to_be_visible()


def test_a_picture_is_labelled_shared_and_unshared(new_visitor, owner):
    client, path = owner
    visitor = new_visitor(client)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.page(path)
    page.locator("[name=rating][value='4']").check(force=True)
    expect(page.locator("#kept[data-state=kept]")).not_to_be_empty()
    open_details(page, "#title")
    page.locator("#title").fill("Tiger")
    page.locator("#note").click()
    expect(page.get_by_role("heading", name="Tiger", level=1)).to_be_visible()
    expect(page).to_have_title("Tiger · Pastiche")
    open_details(page, "form[action$='/share']")
    page.locator("[name=shared][value=yes]").click()
    address = page.locator("#shared-link").input_value()
    copy = page.locator("[data-copies=shared-link]")
    before = copy.inner_text()
    copy.click()
    expect(copy).to_have_attribute("data-state", "copied")
    assert copy.inner_text() != before
    assert page.evaluate("navigator.clipboard.readText()") == address
    stranger = new_visitor()
    shared = stranger.page(address.removeprefix(client.url))
    expect(shared.get_by_role("heading", name="Tiger")).to_be_visible()
    page.locator("[name=shared][value=no]").click()
    expect(page.get_by_role("status").and_(page.locator("[data-code=share-ended]"))).to_be_visible()
    expect(page.locator("#shared-link")).to_have_count(0)
    assert shared.goto(address).status == 404
    stranger.complaints.clear()


def test_a_picture_is_compared_downloaded_and_continued(new_visitor, owner, screenshots):
    client, path = owner
    page = new_visitor(client).page(path)
    split = page.locator(".compare").get_by_role("slider")
    split.focus()
    page.keyboard.press("End")
    expect(page.locator(".compare")).to_have_class(re.compile("moved"))
    for ending in (".png", ".jpg", ".webp"):
        with page.expect_download() as download:
            page.locator(f".downloads a[href$='{ending}']").click()
        assert download.value.suggested_filename.endswith(ending)
    page.locator("#further summary").click()
    page.locator("#f-size").fill("144")
    submit_button(page, "/further").click()
    expect(page.locator(f"#ancestry a[href='{path}']")).to_be_visible()


def test_the_same_settings_are_used_again(new_visitor, owner):
    client, path = owner
    page = new_visitor(client).page(path)
    links_to(page, "/?again=").click()
    expect(page.locator("#size")).to_have_value("96")
    expect(page.locator(".picture-slot .shown")).to_be_visible()
    expect(page.locator(".style-tile")).to_have_count(1)


def test_a_deleted_picture_is_not_found(new_visitor, owner):
    client, path = owner
    visitor = new_visitor(client)
    page = visitor.page(path)
    open_details(page, "form[action$='/delete']")
    submit_button(page, "/delete").click()
    expect(notice(page, "deleted")).to_be_visible()
    assert page.goto(client.url + path).status == 404
    expect(page.locator("[data-code=not_found]").get_by_role("heading")).to_be_visible()
    visitor.complaints.clear()


def test_a_failed_painting_says_why_and_can_be_retried(
    new_visitor, stack, material, screenshots, long_painting
):
    client = stack.client()
    first = long_painting(client)
    before = set((stack.data / "media" / "uploads").rglob("*.png"))
    path = client.order(material.photo.read_bytes(), photo("rocket", 320), size=96, max_steps=3)
    (style,) = set((stack.data / "media" / "uploads").rglob("*.png")) - before
    style.rename(style.with_suffix(".away"))
    client.post(f"{first}/cancel")
    visitor = new_visitor(client)
    page = visitor.page(path)
    until(lambda: status(page) == "failed", LIMIT_S, "the painting to fail")
    expect(page.locator("#detail")).to_contain_text("“style.png”")  # it names the missing picture
    expect(links_to(page, "/?again=")).to_be_visible()
    page.screenshot(path=screenshots / "painting-failed.png", full_page=True)
    style.with_suffix(".away").rename(style)
    visitor.complaints[:] = [text for text in visitor.complaints if "404" not in text]  # its picture was away
    submit_button(page, "/retry").click()
    until(lambda: status(page) == "finished", LIMIT_S, "the painting to be finished")
