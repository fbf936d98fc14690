"""Errors keep their message, code and fields when they pass between processes."""

import ast
import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path

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

ROOT = Path(__file__).parents[3]
MESSAGE_ONLY = (PasticheError, ImageError, MaskError, WeightsError, CheckpointError, PaintingError)


def test_each_class_has_its_own_code() -> None:
    codes = [cls.code for cls in (*MESSAGE_ONLY, RecipeError)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("cls", MESSAGE_ONLY)
def test_an_error_may_set_its_own_code(cls: type[PasticheError]) -> None:
    assert cls("Sorry.").code == cls.code
    assert cls("Sorry.", code="sorry").code == "sorry"
    assert cls.code != "sorry"


@pytest.mark.parametrize("through", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error",
    [
        *(cls("Sorry.", code=code) for cls in MESSAGE_ONLY for code in (None, "sorry")),
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


def test_every_code_is_short_kebab_case() -> None:
    codes = [
        keyword.value.value
        for part in ("engine", "jobs", "worker", "app")
        for path in (ROOT / part).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "code"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]
    assert len(codes) > 80
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+){0,3}", code)] == []
