"""Pictures that are made once for all who ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.renditions import Renditions


def test_fifty_who_ask_at_once_have_it_made_once():
    renditions, made, ready = Renditions(), [], threading.Barrier(50)

    def make():
        made.append(1)
        return b"small"

    def ask(_):
        ready.wait(10)
        return renditions.get("a@320", make)

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(50))) == {b"small"}
    assert len(made) == 1
    assert renditions.get("a@320", lambda: b"made again") == b"small"


def test_the_oldest_go_when_there_are_too_many():
    renditions = Renditions(max_bytes=40)
    for name in "abcde":
        renditions.get(name, lambda: bytes(10))
    assert renditions.get("e", lambda: b"again") == bytes(10)
    assert renditions.get("a", lambda: b"again") == b"again"
    assert renditions.get("large", lambda: bytes(11)) == bytes(11)
    assert renditions.get("large", lambda: b"anew") == b"anew"
    assert renditions._kept.currsize <= 40


def test_what_fails_is_tried_again():
    renditions = Renditions()

    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        renditions.get("a", fail)
    assert renditions.get("a", lambda: b"x") == b"x"


def test_those_who_wait_for_what_fails_try_it_themselves():
    renditions, tried, ready = Renditions(), [], threading.Barrier(8)

    def fail_once():
        tried.append(1)
        if len(tried) == 1:
            raise ValueError("no")
        return b"x"

    def ask(_):
        ready.wait(10)
        try:
            return renditions.get("a", fail_once)
        except ValueError:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(answers, key=str) == [None, *[b"x"] * 7]
    assert len(tried) == 2
