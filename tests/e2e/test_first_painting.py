"""The full path: a photo and a style go in, a painting comes out, and it survives a restart."""

import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator

import pytest
from PIL.PngImagePlugin import PngImageFile
from playwright.sync_api import BrowserContext, Error, Page, expect

from engine.imaging.images import read_recipe
from tests.e2e.conftest import ORDER, PATIENCE_MS, open_details
from tests.support.stack import until

# The longest browser tests have a studio to themselves, so that the others can run beside them.
pytestmark = pytest.mark.xdist_group("e2e-watching")

LIMIT_S = 240
PNG = ".downloads a[href$='.png']"
SIZE = 256
STEPS, MOST_STEPS = 30, 10_000
"""At each scale."""

# What is on the screen, rather than what was sent: the preview's pixels at a small size.
PIXELS = """() => {
  const img = document.querySelector("#preview");
  if (!img || !img.complete || !img.naturalWidth) return null;
  const canvas = Object.assign(document.createElement("canvas"), {width: 96, height: 96});
  const context = canvas.getContext("2d");
  context.drawImage(img, 0, 0, 96, 96);
  return canvas.toDataURL();
}"""


@pytest.fixture
def context(browser, request) -> Iterator[BrowserContext]:
    options = {"viewport": {"width": 1280, "height": 900}} | getattr(request, "param", {})
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page where a script error, or a request that the policy refuses, fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    assert complaints == []


def order(page: Page, url: str, material, size: int = SIZE, steps: int = STEPS) -> None:
    page.goto(url)
    page.set_input_files("#photo", material.photo)
    page.set_input_files("#style", material.style)
    page.fill("#size", str(size))
    open_details(page, "#max_steps")
    page.fill("#max_steps", str(steps))
    page.locator(ORDER).click()
    page.wait_for_url("**/paintings/*")


def watch(page: Page) -> list[str]:
    """Return the different pictures that the page showed until the painting was done."""
    seen: list[str] = []
    deadline = time.monotonic() + LIMIT_S
    while page.locator("#painting").get_attribute("data-status") in ("queued", "painting"):
        assert time.monotonic() < deadline, page.locator("#sentence").inner_text()
        try:
            pixels = page.evaluate(PIXELS)
        except Error:
            continue  # the page was just reloading
        if pixels and pixels not in seen:
            seen.append(pixels)
        page.wait_for_timeout(100)
    assert page.locator("#painting").get_attribute("data-status") == "finished"
    return seen


def paint_long_enough(paint: Callable[[int], int], changes: int) -> int:
    """Paint with ever more steps until the picture was seen to change so often, as machines differ in speed.

    Args:
        paint: paints with that many steps at each scale, and returns how often the picture changed.
        changes: how often it must.

    Returns:
        How many paintings it took.
    """
    steps, paintings = STEPS, 1
    while (seen := paint(steps)) < changes:
        assert steps < MOST_STEPS, f"the picture changed {seen} times in {steps} steps"
        steps, paintings = min(4 * steps, MOST_STEPS), paintings + 1
    return paintings


def check_file(data: bytes, size: int = SIZE) -> None:
    """Check that a file is a PNG of the requested size whose text chunk holds the recipe."""
    picture = PngImageFile(io.BytesIO(data))
    picture.load()
    assert picture.format == "PNG"
    assert max(picture.size) == size
    assert json.loads(picture.text["pastiche:recipe"])["size"] == size
    assert read_recipe(data).size == size


def test_a_photo_becomes_a_painting_as_one_watches(page, stack, material, screenshots):
    page.goto(stack.url)
    page.screenshot(path=screenshots / "paint-empty.png", full_page=True)

    def paint(steps: int) -> int:
        order(page, stack.url, material, steps=steps)
        page.screenshot(path=screenshots / "painting-begun.png", full_page=True)
        # The first one is the photo, shown until there is a preview.
        return len(watch(page)) - 1

    paint_long_enough(paint, changes=5)
    painting = page.url

    expect(page.locator("img.before")).to_be_attached()
    page.screenshot(path=screenshots / "painting-finished.png", full_page=True)
    with page.expect_download() as download:
        page.locator(PNG).click()
    check_file(download.value.path().read_bytes())

    page.locator("nav a[href='/gallery']").click()
    expect(page.locator(f'a[href="{painting.removeprefix(stack.url)}"]')).to_be_visible()
    page.screenshot(path=screenshots / "gallery.png", full_page=True)

    stack.restart()
    page.reload()
    page.locator(f'a[href="{painting.removeprefix(stack.url)}"]').click()
    expect(page.locator("#painting")).to_have_attribute("data-status", "finished")
    shown = page.locator("img.after")
    until(lambda: shown.evaluate("img => img.complete && img.naturalWidth"), 20, "the picture to be shown")


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_a_photo_becomes_a_painting_without_javascript(page, context, stack, material, screenshots):
    def paint(steps: int) -> int:
        order(page, stack.url, material, size=128, steps=steps)
        page.screenshot(path=screenshots / "painting-without-script.png", full_page=True)
        previews: set[str] = set()

        def finished() -> bool:
            # The page refreshes itself; in between there may be none.
            try:
                if page.locator("#painting").get_attribute("data-status") == "finished":
                    return True
                source = page.locator("#preview").get_attribute("src", timeout=1000)
            except Error:
                return False
            answer = context.request.get(stack.url + source)
            if answer.ok:
                previews.add(hashlib.sha256(answer.body()).hexdigest())
            page.wait_for_timeout(300)
            return False

        until(finished, LIMIT_S, "the painting to finish")
        return len(previews) - 1

    paintings = paint_long_enough(paint, changes=1)
    link = page.locator(PNG).get_attribute("href")
    check_file(context.request.get(stack.url + link).body(), size=128)
    page.locator("nav a[href='/gallery']").click()
    assert page.locator(".picture-item").count() == paintings
    page.screenshot(path=screenshots / "gallery-without-script.png", full_page=True)
