"""What every test may ask for, and the order in which they run.

The environment variable PASTICHE_TEST_DATA may name a folder with
`images/photos`, `images/paintings` and `weights/*.h5` (VGG19 in Keras's
layout); tests that need it are skipped without it. PASTICHE_TEST_SPEED lets
painting be faster or slower than it is here: see `tests.support.speed`.
"""

import os
from pathlib import Path

import pytest

from tests.support import speed

speed.install()

PARTS = ("unit", "hostile", "integration", "chaos", "e2e")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if (part := _part(item)) != "unit":
            item.add_marker(part)


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_sort_by_part(items: list[pytest.Item]) -> None:
    # The quick ones first; within a part the random order stays.
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


def _part(item: pytest.Item) -> str:
    part = item.path.relative_to(HERE).parts[0]
    return part if part in PARTS else "unit"
