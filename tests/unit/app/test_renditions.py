"""Renditions: each picture is made once for all requests."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.renditions import Renditions


def test_fifty_requests_at_once_make_one_picture():
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


def test_the_oldest_are_evicted():
    renditions = Renditions(max_bytes=40)
    for name in "abcde":
        renditions.get(name, lambda: bytes(10))
    assert renditions.get("e", lambda: b"again") == bytes(10)
    assert renditions.get("a", lambda: b"again") == b"again"
    assert renditions.get("large", lambda: bytes(11)) == bytes(11)
    assert renditions.get("large", lambda: b"again") == b"again"
    assert renditions._cache.currsize <= 40


def test_a_failure_is_tried_again():
    renditions = Renditions()

    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        renditions.get("a", fail)
    assert renditions.get("a", lambda: b"x") == b"x"


def test_requests_waiting_for_a_failed_one_try_again():
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
