"""One studio and one browser for all end-to-end tests; every test is a separate visitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.stack import Client, Stack, photo
from tests.support.tiny_vgg import write_tiny_vgg

SCREENSHOTS = Path(__file__).parent / "screenshots"
PATIENCE_MS = 60_000
"""Busy machines are slow, and only a failing test waits this long."""
ORDER = "[data-action=order]"
"""The button that sends the form of the Paint page."""
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Material:
    """What a visitor brings along, and the network that paints it."""

    photo: Path
    style: Path
    weights: Path


@dataclass
class Visitor:
    """Somebody with a browser, whose gallery may already have pictures.

    Attributes:
        complaints: script errors and requests that the policy refused; a test removes those it expects.
    """

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._on_console)
        page.goto(self.url + path)
        return page

    def _on_console(self, message) -> None:
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
def stack(browser: Browser, tmp_path_factory, material: Material) -> Iterator[Stack]:
    """Start the studio. It depends on the browser, without which nothing needs to start."""
    stack = Stack(tmp_path_factory.mktemp("studio") / "data", material.weights)
    try:
        yield stack.start()
    finally:
        stack.end()


@pytest.fixture
def new_visitor(browser: Browser, stack: Stack) -> Iterator[Callable[..., Visitor]]:
    """Return a function that creates a visitor, and check that none of their pages had an error."""
    visitors: list[Visitor] = []

    def new_visitor(client: Client | None = None, **options) -> Visitor:
        context = browser.new_context(**({"viewport": WIDE} | options))
        context.set_default_timeout(PATIENCE_MS)
        if client is not None:
            cookie = client.cookie()
            context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": stack.url}])
        visitors.append(Visitor(context, stack.url))
        return visitors[-1]

    yield new_visitor
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.complaints for visitor in visitors if visitor.complaints] == []


@pytest.fixture
def visitor(new_visitor) -> Visitor:
    """A new visitor with a wide window."""
    return new_visitor()


@pytest.fixture(scope="session")
def owner_of_two(stack: Stack, material: Material) -> tuple[Client, list[str]]:
    """Return a visitor with two finished pictures, and the paths of their pages; do not change them."""
    client = stack.client()
    return client, paint_pictures(client, material, 2)


@pytest.fixture
def owner(stack: Stack, material: Material) -> tuple[Client, str]:
    """Return a new visitor with one finished picture, and the path of its page."""
    client = stack.client()
    return client, paint_pictures(client, material, 1)[0]


@pytest.fixture
def screenshots() -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS


def submit_button(place: Page | Locator, address: str) -> Locator:
    """Find the button that submits the form with this address."""
    return place.locator(f"form[action$='{address}'] button[type=submit]:not([formaction])")


def links_to(page: Page, address: str) -> Locator:
    """Find the links in a page's content whose address begins like this."""
    return page.locator(f"main a[href^='{address}']")


def notice(page: Page, code: str) -> Locator:
    """Find the notice with this code at the top of a page."""
    return page.locator(f".notice[data-code={code}]")


def open_details(page: Page, selector: str) -> None:
    """Open the details element that contains something."""
    page.locator(f"details:has({selector}) > summary").click()


def paint_pictures(client: Client, material: Material, count: int) -> list[str]:
    """Paint small pictures and wait for them; return the paths of their pages."""
    photo, style = material.photo.read_bytes(), material.style.read_bytes()
    orders = [client.order(photo, style, size=96 + 16 * place, max_steps=3) for place in range(count)]
    for order in orders:
        client.wait_for(order, "finished")
    return orders
