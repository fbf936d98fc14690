from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.stack import Stack
from tests.support.tiny_vgg import write_tiny_vgg


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> Path:
    """VGG19's layout with a few random channels: the real loop, at the speed of a test."""
    path = tmp_path_factory.mktemp("weights") / "tiny.h5"
    write_tiny_vgg(path)
    return path


@pytest.fixture
def make_stack(tmp_path: Path, tiny_weights: Path) -> Iterator[Callable[..., Stack]]:
    """Make studios that are not started yet, and that are gone after the test."""
    made: list[Stack] = []

    def make(name: str = "data", **options) -> Stack:
        made.append(Stack(tmp_path / name, tiny_weights, **options))
        return made[-1]

    yield make
    for stack in made:
        stack.end()


@pytest.fixture(scope="session")
def stack(tmp_path_factory, tiny_weights: Path) -> Iterator[Stack]:
    """One running studio for every test that leaves it running; each comes as a visitor of its own."""
    stack = Stack(tmp_path_factory.mktemp("studio") / "data", tiny_weights)
    try:
        yield stack.start()
    finally:
        stack.end()
