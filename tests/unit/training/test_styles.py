"""The style library: drawn from a seed, and described by `styles.json`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training import styles

LIBRARY = Path(__file__).parents[3] / "static" / "styles"

SLOW = {"two-carp", "old-harbour", "evening-wind", "summer-points"}
"""These draw as many strokes at any size, which takes seconds; their files are checked like the others."""


@pytest.mark.parametrize("name", ["golden-orchard", "vineyard-window", "cut-garden", "marbled-endpaper"])
def test_the_same_seed_gives_the_same_bytes(name):
    first = styles.encode(styles.draw(name, seed=3, scale=0.125))
    assert first == styles.encode(styles.draw(name, seed=3, scale=0.125))
    assert first != styles.encode(styles.draw(name, seed=4, scale=0.125))


@pytest.mark.parametrize("name", sorted({*styles.STYLES, *styles.SCENE} - SLOW))
def test_a_work_can_be_drawn_small(name):
    width, height = (styles.STYLES | styles.SCENE)[name].size
    picture = styles.draw(name, scale=0.125)
    assert picture.shape == (round(height / 8), round(width / 8), 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 15, "the picture is flat"


def test_the_description_matches_the_files():
    described = json.loads((LIBRARY / "styles.json").read_text(encoding="utf-8"))
    entries = described["styles"] + described["scenes"]
    assert [entry["id"] for entry in entries] == [*styles.STYLES, *styles.SCENE]
    for entry in entries:
        file = LIBRARY / f"{entry['id']}.webp"
        with Image.open(file) as picture:
            assert picture.size == (entry["width"], entry["height"])
        assert entry["title"]
        assert min(entry["width"], entry["height"]) >= 768
        assert file.stat().st_size < 300_000
