"""Tests name codes, facts and constants, so that a sentence can be reworded where it stands."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from engine.optimize.interface import DAMAGED_CHECKPOINT

ROOT = Path(__file__).parents[2]
PRODUCT = ("engine", "jobs", "worker", "app", "runner")
CHECKED = sorted(
    str(folder.relative_to(ROOT))
    for parent in (ROOT / "tests", ROOT / "tests" / "unit")
    for folder in parent.iterdir()
    if folder.name != "unit" and any(folder.rglob("*.py"))
)
TELLING = 4
"""This many words in a row are no coincidence; fewer by one count if they are the whole text."""
SPOKEN_BY_TESTS = ("skip", "until")
"""The arguments of these calls say why a test is skipped, or what it waits for."""


def runs(text: str) -> list[list[str]]:
    """Split a text into runs of plain words, which names, numbers and commands interrupt."""
    text = re.sub(r"`[^`]*`", "|", text.lower())
    text = re.sub(r"\S*[^\w\s'’,;:.]\S*|\w*[._/=:]\w\S*", "|", text)
    return [run.split() for run in re.split(r"[^a-z'’\s]+", text) if run.strip()]


def phrases(text: str, length: int) -> Iterator[str]:
    """Yield the words of a text that stand beside each other, this many at a time."""
    for words in runs(text):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])


def telling_phrases(text: str) -> list[str]:
    """Return the phrases by which a text of a test is recognized as a quotation."""
    short = TELLING - 1
    if len(text.split()) == short:
        return list(phrases(text, short))
    return list(phrases(text, TELLING))


def literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of a module, except its docstrings."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node


@cache
def said_by_the_product() -> dict[str, str]:
    """Map each phrase to where it stands; keys of dictionaries are names, and left out."""
    said: dict[str, str] = {}
    for path in (path for part in PRODUCT for path in (ROOT / part).rglob("*.py")):
        tree = ast.parse(path.read_text())
        for text in (node.value for node in literals(tree) if node.value not in names()):
            said |= dict.fromkeys(_all_phrases(str(text)), name_of(path))
    for path in (ROOT / "templates").glob("*.html"):
        page = path.read_text()
        text = re.sub(r"{[{%#].*?[#%}]}|<[^>]*>", "|", page, flags=re.DOTALL)
        for words in (text, *re.findall(r'"([^"<>]*)"', page)):
            said |= dict.fromkeys(_all_phrases(words), name_of(path))
    for path in (ROOT / "static" / "js").rglob("*.js"):
        script = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        for words in re.findall(r'"[^"\n]*"|`[^`]*`', script):
            said |= dict.fromkeys(_all_phrases(re.sub(r"\$\{[^}]*}", "|", words[1:-1])), name_of(path))
    return said


def _all_phrases(text: str) -> Iterator[str]:
    return chain.from_iterable(phrases(text, length) for length in (TELLING - 1, TELLING))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def names() -> frozenset[str]:
    """Return the keys of the product's dictionaries: the kinds of events, for one."""
    return frozenset(
        key.value
        for path in (path for part in PRODUCT for path in (ROOT / part).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    )


def expected_by(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of a test, except those that explain a failure, a wait or a skip."""
    spoken: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Assert) and node.msg is not None:
            parts = [node.msg]
        elif isinstance(node, ast.keyword) and node.arg == "reason":
            parts = [node.value]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SPOKEN_BY_TESTS:
            parts = node.args
        spoken |= {id(inner) for part in parts for inner in ast.walk(part)}
    return (node for node in literals(tree) if id(node) not in spoken)


@pytest.mark.parametrize("folder", CHECKED)
def test_no_test_quotes_a_sentence_of_the_product(folder: str) -> None:
    quoted = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in expected_by(ast.parse(path.read_text())):
            if node.value in names():
                continue
            for phrase in telling_phrases(str(node.value)):
                if place := said_by_the_product().get(phrase):
                    quoted.append(f"{name_of(path)}:{node.lineno}: “{phrase}” of {place}")
    assert quoted == []


def test_a_sentence_of_the_product_is_recognized() -> None:
    assert telling_phrases(DAMAGED_CHECKPOINT)
    assert said_by_the_product().keys() >= set(telling_phrases(DAMAGED_CHECKPOINT))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is not there", ["is not there"]),
        ("The disk is full.", ["the disk is full"]),
        ("is larger than any file", ["is larger than any", "larger than any file"]),
        ("the weights are 0", []),
        ("run `python -m engine weights fetch` here", []),
        ("block5_conv1 is odd", []),
        ("engine/backbones/vgg.py is not there", []),
    ],
)
def test_what_counts_as_a_quotation(text: str, found: list[str]) -> None:
    assert telling_phrases(text) == found
