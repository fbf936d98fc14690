"""What every test may ask for, and the order in which they run.

The environment variable PASTICHE_TEST_DATA may name a folder with
`images/photos`, `images/paintings` and `weights/*.h5` (VGG19 in Keras's
layout); tests that need it are skipped without it. PASTICHE_TEST_SPEED lets
painting be faster or slower than it is here: see `tests.support.speed`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import speed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

speed.install()

PARTS = ("unit", "e2e", "chaos", "integration", "hostile")
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # First, because pytest-xdist reads the groups in the same hook.
    for item in items:
        if (part := _part(item)) != "unit":
            item.add_marker(part)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_sort_by_part(items: list[pytest.Item]) -> None:
    # The quick ones first, and then those that take longest, so that processes that share them end together.
    # Within a part the random order stays.
    items.sort(key=lambda item: PARTS.index(_part(item)))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of PASTICHE_TEST_DATA; the test is skipped without one."""
    folder = os.environ.get("PASTICHE_TEST_DATA")
    if not folder:
        pytest.skip("PASTICHE_TEST_DATA names no folder with photographs, paintings and weights")
    return Path(folder)


@pytest.fixture(scope="session")
def vgg19_weights(test_data: Path) -> Path:
    """A file of VGG19's real weights, up to conv4_1 at least."""
    return next((test_data / "weights").glob("*.h5"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process, since Playwright starts only once in it."""
    from tests.support.browser import chromium  # noqa: PLC0415 -- most processes need no Playwright

    with chromium() as browser:
        yield browser


def _group(item: pytest.Item) -> str:
    """Name the tests that one process runs: those that share a studio, or else those of one file."""
    studio = "stack" in getattr(item, "fixturenames", ())
    return f"{_part(item)}-studio" if studio else item.nodeid.partition("::")[0]


def _part(item: pytest.Item) -> str:
    part = item.path.relative_to(HERE).parts[0]
    return part if part in PARTS else "unit"
