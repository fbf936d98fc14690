from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.stack import Stack, photo
from tests.support.tiny_vgg import write_tiny_vgg

SCREENSHOTS = Path(__file__).parent / "screenshots"


@dataclass(frozen=True)
class Material:
    """What a visitor brings along, and the network that paints it.

    Attributes:
        steps: how many to ask for at each scale; None leaves it to the studio.
    """

    photo: Path
    style: Path
    weights: Path
    steps: int | None = None


@pytest.fixture(scope="session")
def material(tmp_path_factory, request: pytest.FixtureRequest) -> Material:
    """The real network and a real painting where PASTICHE_TEST_DATA has them, else a tiny random one."""
    folder = tmp_path_factory.mktemp("material")
    (folder / "cat.png").write_bytes(photo("chelsea", 640))
    try:
        data = request.getfixturevalue("test_data")
    except pytest.skip.Exception:
        (folder / "coffee.png").write_bytes(photo("coffee", 640))
        write_tiny_vgg(folder / "tiny.h5")
        # It paints so fast that there would be little to watch.
        return Material(folder / "cat.png", folder / "coffee.png", folder / "tiny.h5", steps=200)
    return Material(
        folder / "cat.png",
        data / "images" / "paintings" / "starry_night.jpg",
        request.getfixturevalue("vgg19_weights"),
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def stack(browser: Browser, tmp_path_factory, material: Material) -> Iterator[Stack]:
    """A studio for the tests of a module. The browser comes first: without one nothing needs to start."""
    stack = Stack(tmp_path_factory.mktemp("studio") / "data", material.weights)
    try:
        yield stack.start()
    finally:
        stack.end()


@pytest.fixture
def screenshots() -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS
