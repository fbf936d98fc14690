"""Checks errors by their class and code, since messages may be reworded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from engine.errors import PasticheError

Error = TypeVar("Error", bound=PasticheError)


@contextmanager
def refused(error_class: type[Error], code: str, *facts: object) -> Iterator[pytest.ExceptionInfo[Error]]:
    """Expect an error of exactly this class and code, whose message names every fact."""
    with pytest.raises(error_class) as caught:
        yield caught
    assert caught.type is error_class
    assert_says(caught.value, code, *facts)


def assert_says(error: PasticheError, code: str, *facts: object) -> None:
    """Check an error's code, and that its message names every fact."""
    assert error.code == code, error
    for fact in facts:
        assert str(fact) in str(error)
