"""The film of a painting: made from its page while one watches, and played there."""

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.test_first_painting import LIMIT_S, context, order, page, watch
from tests.support.stack import until

__all__ = ["context", "page"]


def test_a_film_is_made_on_the_page_and_plays_there(page, stack, material, screenshots):
    order(page, stack.url, material)
    watch(page)
    page.get_by_text("Film", exact=True).click()
    page.get_by_role("button", name="Make an MP4").click()
    link = page.get_by_role("link", name="Download MP4")
    expect(link).to_be_visible(timeout=1000 * LIMIT_S)
    video = page.locator("#screening")
    expect(video).to_be_visible()
    assert video.evaluate("async (v) => { await v.play(); return v.videoWidth; }") == 256
    page.wait_for_timeout(1000)
    assert video.evaluate("(v) => v.currentTime") > 0.2
    page.screenshot(path=screenshots / "painting-film.png", full_page=True)
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes()[4:8] == b"ftyp"
    for kind in ("GIF", "WebP"):
        page.get_by_role("button", name=f"Make a {kind}").click()
        expect(page.get_by_role("link", name=f"Download {kind}")).to_be_visible(timeout=1000 * LIMIT_S)
    page.reload()  # what was open stays so
    url = page.get_by_role("link", name="Download GIF").get_attribute("href")
    gif = page.request.get(stack.url + url).body()
    assert (gif[:6], gif[-1:]) == (b"GIF89a", b"\x3b")


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_too(page, context, stack, material):
    order(page, stack.url, material, size=128)

    def finished() -> bool:
        # The page refreshes itself; in between there may be none.
        try:
            return page.locator("#painting").get_attribute("data-status", timeout=1000) == "finished"
        except Error:
            return False

    until(finished, LIMIT_S, "the painting to finish")
    page.get_by_text("Film", exact=True).click()
    page.get_by_role("button", name="Make an MP4").click()
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible(timeout=1000 * LIMIT_S)
