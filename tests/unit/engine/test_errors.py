"""Errors keep their message, code and facts on the way between processes."""

import copy
import pickle
from collections.abc import Callable

import pytest

from engine.errors import (
    CheckpointError,
    ImageError,
    MaskError,
    PaintingError,
    PasticheError,
    RecipeError,
    WeightsError,
)

PLAIN = (PasticheError, ImageError, MaskError, WeightsError, CheckpointError, PaintingError)


def test_each_class_has_a_code_of_its_own() -> None:
    codes = [cls.code for cls in (*PLAIN, RecipeError)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("cls", PLAIN)
def test_a_raise_may_give_its_own_code(cls: type[PasticheError]) -> None:
    assert cls("Sorry.").code == cls.code
    assert cls("Sorry.", code="sorry").code == "sorry"
    assert cls.code != "sorry"


@pytest.mark.parametrize("through", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error",
    [
        *(cls("Sorry.", code=code) for cls in PLAIN for code in (None, "sorry")),
        RecipeError("size", "Sorry."),
        RecipeError("size", "Sorry.", code="sorry"),
    ],
)
def test_an_error_survives_copying_and_pickling(
    error: PasticheError, through: Callable[[PasticheError], PasticheError]
) -> None:
    found = through(error)
    assert type(found) is type(error)
    assert (str(found), found.code, found.args) == (str(error), error.code, error.args)
    assert vars(found) == vars(error)
