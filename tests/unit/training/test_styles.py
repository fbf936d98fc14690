"""The style library: drawn by chance that is seeded, and described as it lies there."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training import styles

SHIPPED = Path(__file__).parents[3] / "static" / "styles"

SLOW = {"two-carp", "old-harbour", "evening-wind", "summer-points"}
"""These lay as many strokes at any size, for seconds; their files are checked like the others'."""


@pytest.mark.parametrize("name", ["golden-orchard", "vineyard-window", "cut-garden", "marbled-endpaper"])
def test_the_same_seed_gives_the_same_bytes(name):
    first = styles.encoded(styles.draw(name, seed=3, scale=0.125))
    assert first == styles.encoded(styles.draw(name, seed=3, scale=0.125))
    assert first != styles.encoded(styles.draw(name, seed=4, scale=0.125))


@pytest.mark.parametrize("name", sorted({*styles.STYLES, *styles.SCENE} - SLOW))
def test_a_work_can_be_drawn_small(name):
    width, height = (styles.STYLES | styles.SCENE)[name].size
    picture = styles.draw(name, scale=0.125)
    assert picture.shape == (round(height / 8), round(width / 8), 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 15, "a picture is not flat"


def test_the_description_is_of_the_pictures_that_ship():
    described = json.loads((SHIPPED / "styles.json").read_text(encoding="utf-8"))
    entries = described["styles"] + described["scenes"]
    assert [entry["id"] for entry in entries] == [*styles.STYLES, *styles.SCENE]
    for entry in entries:
        file = SHIPPED / f"{entry['id']}.webp"
        with Image.open(file) as picture:
            assert picture.size == (entry["width"], entry["height"])
        assert entry["title"]
        assert min(entry["width"], entry["height"]) >= 768
        assert file.stat().st_size < 300_000
