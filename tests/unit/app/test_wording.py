"""The sentences of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import wording


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (120, "2 min"), (130, "2 min 10 s"), (3660, "1 h 1 min")],
)
def test_a_duration_has_two_units(seconds, words):
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
def test_an_estimate_is_rounded(seconds, words):
    assert wording.roughly(seconds) == words


def test_an_estimate_in_the_plural_names_its_number():
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
def test_a_name_is_made_from_a_file_name(name, words):
    assert wording.plain_name(name) == words


def test_a_title_lists_several_styles():
    title = wording.default_title("cat.png", ["a.png", "b.png", "c.png"])
    assert title == wording.TITLE_FORMAT.format("Cat", f"A, B{wording.AND}C")
    assert wording.TITLE_FORMAT.format("Cat", "A").index("Cat") < wording.TITLE_FORMAT.format(
        "Cat", "A"
    ).index("A")


def test_a_file_stem_works_on_every_system():
    assert wording.file_stem("Café “Zürich”, after Ölbild") == "cafe-zurich-after-olbild"
    assert wording.file_stem("猫") == "painting"


def test_recent_times_are_relative():
    now = datetime(2025, 11, 22, 12, tzinfo=UTC)
    assert wording.ago(now - timedelta(seconds=5), now) == wording.AGO["now"]
    assert wording.ago(now - timedelta(minutes=1), now) == wording.AGO["minute"].format(1)
    assert wording.ago(now - timedelta(hours=3), now) == wording.AGO["hours"].format(3)
    assert wording.ago(now - timedelta(days=3), now) == "19 November 2025"


@pytest.mark.parametrize(("size", "words"), [(25 * 2**20, "25 MB"), (1.5 * 2**20, "1.5 MB"), (2000, "2 KB")])
def test_a_size_has_a_unit(size, words):
    assert wording.megabytes(size) == words
