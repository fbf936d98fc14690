"""The film of a painting: made and played on its page."""

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.e2e.conftest import open_details, submit_button
from tests.e2e.test_first_painting import LIMIT_S, context, order, page, paint_long_enough
from tests.support.stack import until

__all__ = ["context", "page"]

# The longest browser tests have a studio to themselves, so that the others can run beside them.
pytestmark = pytest.mark.xdist_group("e2e-watching")


def download_link(page: Page, format: str) -> Locator:
    """Find the link by which a film is downloaded."""
    return page.locator(f"a[href$='/film.{format}?download']")


def test_a_film_is_made_on_the_page_and_plays_there(page, stack, material, screenshots):
    def paint(steps: int) -> int:
        order(page, stack.url, material, steps=steps)
        expect(page.locator("#painting")).to_have_attribute("data-status", "finished", timeout=1000 * LIMIT_S)
        return page.locator("#film-player").count()

    paint_long_enough(paint, changes=1)
    open_details(page, "#film-player")
    submit_button(page, "/films/mp4").click()
    link = download_link(page, "mp4")
    expect(link).to_be_visible(timeout=1000 * LIMIT_S)
    video = page.locator("#film-player")
    expect(video).to_be_visible()
    assert video.evaluate("async (v) => { await v.play(); return v.videoWidth; }") == 256
    page.wait_for_function("() => document.querySelector('#film-player').currentTime > 0.2")
    page.screenshot(path=screenshots / "painting-film.png", full_page=True)
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes()[4:8] == b"ftyp"
    for format in ("gif", "webp"):
        submit_button(page, f"/films/{format}").click()
        expect(download_link(page, format)).to_be_visible(timeout=1000 * LIMIT_S)
    page.reload()  # open details stay open
    expect(download_link(page, "gif")).to_be_visible()
    url = download_link(page, "gif").get_attribute("href")
    gif = page.request.get(stack.url + url).body()
    assert (gif[:6], gif[-1:]) == (b"GIF89a", b"\x3b")


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_a_film_is_made_without_javascript(page, context, stack, material):
    def finished() -> bool:
        # The page reloads itself, and may be empty in between.
        try:
            return page.locator("#painting").get_attribute("data-status", timeout=1000) == "finished"
        except Error:
            return False

    def paint(steps: int) -> int:
        order(page, stack.url, material, size=128, steps=steps)
        until(finished, LIMIT_S, "the painting to finish")
        return page.locator("#film-player").count()

    paint_long_enough(paint, changes=1)
    open_details(page, "#film-player")
    submit_button(page, "/films/mp4").click()
    expect(download_link(page, "mp4")).to_be_visible(timeout=1000 * LIMIT_S)
