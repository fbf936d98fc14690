"""One studio and one browser for all of these tests; every test is a visitor of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser import chromium
from tests.support.stack import Client, Stack, photo
from tests.support.tiny_vgg import write_tiny_vgg

SCREENSHOTS = Path(__file__).parent / "screenshots"
PATIENCE_MS = 60_000
"""Machines on which others work too are slow; a test that fails waits in vain for once only."""
ORDER = "[data-action=order]"
"""The button that sends the form of the Paint page."""
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@dataclass(frozen=True)
class Material:
    """What a visitor brings along, and the network that paints it."""

    photo: Path
    style: Path
    weights: Path


@dataclass
class Visitor:
    """Somebody with a browser, whose gallery may have been filled before.

    Attributes:
        complaints: errors of scripts, and what the policy refused; a test that expects one takes it out.
    """

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.goto(self.url + path)
        return page

    def _hear(self, message) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def material(tmp_path_factory) -> Material:
    folder = tmp_path_factory.mktemp("material")
    (folder / "cat.png").write_bytes(photo("chelsea", 640))
    (folder / "coffee.png").write_bytes(photo("coffee", 640))
    write_tiny_vgg(folder / "tiny.h5")
    return Material(folder / "cat.png", folder / "coffee.png", folder / "tiny.h5")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def stack(browser: Browser, tmp_path_factory, material: Material) -> Iterator[Stack]:
    """The studio. The browser comes first: without one nothing needs to start."""
    stack = Stack(tmp_path_factory.mktemp("studio") / "data", material.weights)
    try:
        yield stack.start()
    finally:
        stack.end()


@pytest.fixture
def arrive(browser: Browser, stack: Stack) -> Iterator[Callable[..., Visitor]]:
    """Let somebody come, with a wide window unless told otherwise; nothing may go wrong on their pages."""
    arrived: list[Visitor] = []

    def arrive(client: Client | None = None, **options) -> Visitor:
        context = browser.new_context(**({"viewport": WIDE} | options))
        context.set_default_timeout(PATIENCE_MS)
        if client is not None:
            cookie = client.cookie()
            context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": stack.url}])
        arrived.append(Visitor(context, stack.url))
        return arrived[-1]

    yield arrive
    for visitor in arrived:
        visitor.context.close()
    assert [visitor.complaints for visitor in arrived if visitor.complaints] == []


@pytest.fixture
def visitor(arrive) -> Visitor:
    """A new visitor at a wide window."""
    return arrive()


@pytest.fixture(scope="session")
def painter(stack: Stack, material: Material) -> tuple[Client, list[str]]:
    """A visitor with two finished pictures, and the paths of their pages; only to be looked at."""
    client = stack.client()
    return client, hang(client, material, 2)


@pytest.fixture
def owner(stack: Stack, material: Material) -> tuple[Client, str]:
    """A new visitor with one finished picture, and the path of its page."""
    client = stack.client()
    return client, hang(client, material, 1)[0]


@pytest.fixture
def screenshots() -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS


def sends(place: Page | Locator, address: str) -> Locator:
    """Find the button that sends the form whose address ends so."""
    return place.locator(f"form[action$='{address}'] button[type=submit]:not([formaction])")


def leads(page: Page, address: str) -> Locator:
    """Find the links in a page's content whose address begins so."""
    return page.locator(f"main a[href^='{address}']")


def notice(page: Page, code: str) -> Locator:
    """Find the notice of that code at the top of a page."""
    return page.locator(f".notice[data-code={code}]")


def unfold(page: Page, selector: str) -> None:
    """Open the details that hold something."""
    page.locator(f"details:has({selector}) > summary").click()


def hang(client: Client, material: Material, count: int) -> list[str]:
    """Paint small pictures and wait for them; return the paths of their pages."""
    photo, style = material.photo.read_bytes(), material.style.read_bytes()
    orders = [client.order(photo, style, size=96 + 16 * place, max_steps=3) for place in range(count)]
    for order in orders:
        client.wait_for(order, "finished")
    return orders
