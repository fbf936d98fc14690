"""How the studio says things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import wording


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (120, "2 min"), (130, "2 min 10 s"), (3660, "1 h 1 min")],
)
def test_a_duration(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, wording.ROUGHLY["moment"]),
        (22, wording.ROUGHLY["seconds"].format(20)),
        (65, wording.ROUGHLY["minute"]),
        (130, wording.ROUGHLY["minutes"].format(2)),
        (3700, wording.ROUGHLY["hour"]),
        (7000, wording.ROUGHLY["hours"].format(2)),
    ],
)
def test_an_estimate(seconds, words):
    assert wording.roughly(seconds) == words


def test_an_estimate_names_the_number_that_it_is_about():
    for key, words in wording.ROUGHLY.items():
        assert ("7" in words.format(7)) is key.endswith("s")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("starry_night.jpg", "Starry night"),
        ("IMG-2041.JPEG", "IMG 2041"),
        (".png", wording.UNTITLED),
        ("Mr. Blue", "Mr. Blue"),
        ("Black/white", "Black/white"),
        ("a.b.png", "A.b"),
    ],
)
def test_a_name_without_its_file(name, words):
    assert wording.plain_name(name) == words


def test_a_title_of_several_styles():
    title = wording.made_title("cat.png", ["a.png", "b.png", "c.png"])
    assert title == wording.AFTER.format("Cat", f"A, B{wording.AND}C")
    assert wording.AFTER.format("Cat", "A").index("Cat") < wording.AFTER.format("Cat", "A").index("A")


def test_a_file_name_that_every_system_takes():
    assert wording.file_stem("Café “Zürich”, after Ölbild") == "cafe-zurich-after-olbild"
    assert wording.file_stem("猫") == "painting"


def test_when_something_was():
    now = datetime(2025, 11, 22, 12, tzinfo=UTC)
    assert wording.ago(now - timedelta(seconds=5), now) == wording.AGO["now"]
    assert wording.ago(now - timedelta(minutes=1), now) == wording.AGO["minute"].format(1)
    assert wording.ago(now - timedelta(hours=3), now) == wording.AGO["hours"].format(3)
    assert wording.ago(now - timedelta(days=3), now) == "19 November 2025"


@pytest.mark.parametrize(("size", "words"), [(25 * 2**20, "25 MB"), (1.5 * 2**20, "1.5 MB"), (2000, "2 KB")])
def test_a_size(size, words):
    assert wording.megabytes(size) == words
