"""A real Chromium for a test, the machine's own or the one that Playwright keeps."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_ONE = "there is no Chromium; this brings one: .venv/bin/python -m playwright install chromium"


def find_chromium(playwright: Playwright) -> Path | None:
    """Return a Chromium: the system's, or Playwright's own."""
    on_path = (shutil.which(name) for name in NAMES)
    candidates = ["/usr/bin/chromium", *filter(None, on_path), playwright.chromium.executable_path]
    return next((Path(path) for path in candidates if path and Path(path).exists()), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; without one the test is skipped, or in CI it fails."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HOW_TO_GET_ONE)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
