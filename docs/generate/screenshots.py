"""Take the screenshots for the documents.

`python -m docs.generate.screenshots` starts a studio in a temporary folder, orders
the library's scene in three of its styles, and takes pictures of the pages.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.support.browser import chromium
from tests.support.stack import Client, Stack, until

ROOT = Path(__file__).parents[2]
SCENE = ROOT / "static" / "styles" / "quiet-harbour.webp"
STYLES = ("night-garden", "long-swell", "vineyard-window")
WIDE = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
LIMIT_S = 900
QUALITY = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--size", type=int, default=512, help="size of the paintings")
    parser.add_argument(
        "--weights", type=Path, help="VGG19's weights (default: none, so the built-in network paints)"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        stack = Stack(Path(folder) / "data", options.weights or "")
        try:
            stack.start()
            visit(browser, stack, options.out, options.size)
        finally:
            stack.end()


def visit(browser: Browser, stack: Stack, out: Path, size: int) -> None:
    client = stack.client()
    paths = [order(client, style, size) for style in STYLES]
    client.wait_for(paths[0], "painting", limit_s=LIMIT_S)
    until(lambda: client.status(paths[0])["percent"] >= 30, LIMIT_S, "the painting to make progress")
    write_screenshot(page(browser, client, paths[0]), out / "painting.jpg")
    for path in paths:
        client.wait_for(path, "finished", limit_s=LIMIT_S)
    write_screenshot(page(browser, client, paths[0]), out / "picture.jpg")
    write_screenshot(page(browser, client, "/gallery"), out / "gallery.jpg")
    write_screenshot(page(browser, client, "/gallery", scheme="dark"), out / "gallery-dark.jpg")
    first = paths[0].rsplit("/", 1)[1]
    write_screenshot(with_draft(page(browser, client, f"/?again={first}")), out / "paint.jpg")
    write_screenshot(
        with_draft(page(browser, client, f"/?again={first}", scheme="dark", window=PHONE)),
        out / "paint-phone.jpg",
    )


def order(client: Client, style: str, size: int) -> str:
    """Order the scene in a style of the library; return the path of the page of the painting."""
    fields = {"library": style, "size": size}
    files = {"photo": ("quiet-harbour.webp", SCENE.read_bytes())}
    return client.post("/paintings", fields, files=files).headers["Location"].removeprefix(client.url)


def page(
    browser: Browser,
    client: Client,
    path: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    window: ViewportSize = WIDE,
) -> Page:
    """Open a page as the client, in a new window."""
    context = browser.new_context(viewport=window, color_scheme=scheme)
    cookie = client.cookie()
    context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": client.url}])
    opened = context.new_page()
    opened.goto(client.url + path)
    return opened


def with_draft(opened: Page) -> Page:
    """Wait for the draft, unless the page notes that there is none."""
    note = opened.locator("#draft-note")
    draft = opened.locator(".draft.there")
    until(lambda: draft.count() or note.inner_text() not in ("", "Drafting."), 60, "a draft")
    opened.wait_for_timeout(1500)
    return opened


def write_screenshot(opened: Page, path: Path) -> None:
    """Write a screenshot of the window, once its pictures have loaded."""
    opened.wait_for_load_state("networkidle")
    opened.wait_for_timeout(500)
    screenshot = Image.open(io.BytesIO(opened.screenshot())).convert("RGB")
    screenshot.save(path, quality=QUALITY, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size // 1000} KB", flush=True)
    opened.context.close()


if __name__ == "__main__":
    main()
