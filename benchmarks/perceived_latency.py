"""Waiting times in a real browser: for drafts on the Paint page, and between previews of a painting.

`python -m benchmarks.perceived_latency` starts a studio of its own, and Chromium. Leave
the machine alone while it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error, Page, expect

from benchmarks import bench
from benchmarks.latency import summary
from tests.support.browser import chromium
from tests.support.stack import Stack, photo, studio

LIMIT_MS = 120_000
_PREVIEW = "[document.querySelector('#preview')?.src, document.querySelector('.compare') !== null]"
_ANOTHER = "(before) => [...document.querySelectorAll('.draft.there')].some(({ src }) => src !== before)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each measurement (default 20)")
    parser.add_argument(
        "--network", choices=("vgg19", "compact"), default="compact", help="the network that paints"
    )
    args = parser.parse_args()
    weights = bench.weights() if args.network == "vgg19" else ""
    with (
        tempfile.TemporaryDirectory(
            prefix="pastiche-perceived-latency-", ignore_cleanup_errors=True
        ) as folder,
        studio(Path(folder) / "data", weights) as stack,
        chromium() as browser,
    ):
        page = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True).new_page()
        files = _photos(Path(folder), args.rounds + 1)
        after_style = _after_styles(page, stack, files[0], args.rounds)
        after_photo = _after_photos(page, stack, files[1:])
        gaps = _between_previews(page)
        result = {
            "network": args.network,
            "rounds": args.rounds,
            "draft_after_style_s": summary(after_style),
            "draft_after_photo_s": summary(after_photo),
            "between_previews_s": summary(gaps),
        }
        print(result, flush=True)
        bench.keep(f"perceived-latency-{args.network}", result)


def _photos(folder: Path, count: int) -> list[Path]:
    """Write photographs that are all different, so that the studio has cached nothing of them."""
    paths = []
    for number in range(count):
        path = folder / f"photo-{number}.png"
        path.write_bytes(photo("coffee", 600 - number))
        paths.append(path)
    return paths


def _after_styles(page: Page, stack: Stack, file: Path, rounds: int) -> list[float]:
    """Return the seconds from choosing a style, with a photo already chosen, to seeing the draft."""
    page.goto(stack.url)
    page.set_input_files("#photo", file)
    expect(page.locator("[name=photo_id]")).not_to_have_value("", timeout=LIMIT_MS)
    styles = page.locator("#style-picker .pick[data-kind=library]")
    styles.nth(0).check()
    _wait_for_draft(page)  # the networks are loaded after this
    seconds = []
    for number in range(rounds):
        before = page.locator(".draft.there").get_attribute("src")
        began = time.monotonic()
        styles.nth((number + 1) % styles.count()).check()
        page.wait_for_function(_ANOTHER, arg=before, timeout=LIMIT_MS)
        seconds.append(time.monotonic() - began)
        _wait_for_draft(page)  # the previous draft has faded out
    print("draft after a style", *(f"{value:.2f}" for value in seconds), flush=True)
    return seconds


def _after_photos(page: Page, stack: Stack, files: list[Path]) -> list[float]:
    """Return the seconds from choosing a photo, with a style already chosen, to seeing the draft."""
    seconds = []
    for number, file in enumerate(files):
        page.goto(stack.url)
        styles = page.locator("#style-picker .pick[data-kind=library]")
        styles.nth(number % styles.count()).check()
        began = time.monotonic()
        page.set_input_files("#photo", file)
        _wait_for_draft(page)
        seconds.append(time.monotonic() - began)
    print("draft after a photo", *(f"{value:.2f}" for value in seconds), flush=True)
    return seconds


def _wait_for_draft(page: Page) -> None:
    expect(page.locator(".draft.there")).to_have_count(1, timeout=LIMIT_MS)


def _between_previews(page: Page) -> list[float]:
    """Order a painting of 512 px; return the seconds between the previews that its page shows."""
    page.locator("[data-action=order]").click()
    page.wait_for_url("**/paintings/*")
    expect(page.locator("#painting[data-status=painting]")).to_have_count(1, timeout=LIMIT_MS)
    times, shown, finished = [], None, False
    while not finished:
        with contextlib.suppress(Error):  # the page reloads when the painting starts and ends
            newer, finished = page.evaluate(_PREVIEW)
            if newer != shown:
                times.append(time.monotonic())
                shown = newer
        time.sleep(0.02)
    gaps = [after - before for before, after in itertools.pairwise(times)]
    print("between previews", *(f"{value:.2f}" for value in gaps), flush=True)
    return gaps


if __name__ == "__main__":
    main()
