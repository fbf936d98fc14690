"""The documents' pictures of the studio: one is started, painted in and looked at.

`python -m docs.generate.screenshots` starts it on a folder of its own, orders the
library's scene in three of its styles, and keeps what a visitor sees.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.stack import Client, Stack, until

ROOT = Path(__file__).parents[2]
SCENE = ROOT / "static" / "styles" / "quiet-harbour.webp"
STYLES = ("night-garden", "long-swell", "vineyard-window")
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LIMIT_S = 900
QUALITY = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--size", type=int, default=512, help="of the paintings")
    parser.add_argument("--weights", type=Path, help="VGG19's; without, the built-in network paints")
    choices = parser.parse_args()
    choices.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        stack = Stack(Path(folder) / "data", choices.weights or "")
        try:
            stack.start()
            visit(browser, stack, choices.out, choices.size)
        finally:
            stack.end()


def visit(browser: Browser, stack: Stack, out: Path, size: int) -> None:
    client = stack.client()
    paths = [order(client, style, size) for style in STYLES]
    client.wait_for(paths[0], "painting", limit_s=LIMIT_S)
    until(lambda: client.status(paths[0])["percent"] >= 30, LIMIT_S, "the painting to be under way")
    keep(page(browser, client, paths[0]), out / "painting.jpg")
    for path in paths:
        client.wait_for(path, "finished", limit_s=LIMIT_S)
    keep(page(browser, client, paths[0]), out / "picture.jpg")
    keep(page(browser, client, "/gallery"), out / "gallery.jpg")
    keep(page(browser, client, "/gallery", scheme="dark"), out / "gallery-dark.jpg")
    first = paths[0].rsplit("/", 1)[1]
    keep(drafted(page(browser, client, f"/?again={first}")), out / "paint.jpg")
    keep(
        drafted(page(browser, client, f"/?again={first}", scheme="dark", window=PHONE)),
        out / "paint-phone.jpg",
    )


def order(client: Client, style: str, size: int) -> str:
    """Order the scene in a style of the library; return the path of the painting's page."""
    fields = {"library": style, "size": size}
    files = {"photo": ("quiet-harbour.webp", SCENE.read_bytes())}
    return client.post("/paintings", fields, files=files).headers["Location"].removeprefix(client.url)


def page(
    browser: Browser, client: Client, path: str, *, scheme: str = "light", window: dict[str, int] = WIDE
) -> Page:
    """Open a page as the client, in a window of its own."""
    context = browser.new_context(viewport=window, color_scheme=scheme)
    cookie = client.cookie()
    context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": client.url}])
    opened = context.new_page()
    opened.goto(client.url + path)
    return opened


def drafted(opened: Page) -> Page:
    """Wait for the draft, where there is a network that drafts."""
    note = opened.locator("#draft-note")
    there = opened.locator(".draft.there")
    until(lambda: there.count() or note.inner_text() not in ("", "Drafting."), 60, "a draft")
    opened.wait_for_timeout(1500)
    return opened


def keep(opened: Page, path: Path) -> None:
    """Keep what is in the window, once its pictures are there."""
    opened.wait_for_load_state("networkidle")
    opened.wait_for_timeout(500)
    shot = Image.open(io.BytesIO(opened.screenshot())).convert("RGB")
    shot.save(path, quality=QUALITY, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size // 1000} KB", flush=True)
    opened.context.close()


if __name__ == "__main__":
    main()
