"""Print sizes: pixels for a sheet of paper."""

import pytest

from engine.recipe import Recipe, paper
from engine.recipe.scales import plan


@pytest.mark.parametrize(
    ("recipe", "photo", "canvas"),
    [
        (Recipe(), (300, 400), (384, 512)),
        (Recipe(paper="A4"), (2000, 3000), (2339, 3508)),
        (Recipe(paper="A4"), (3000, 2000), (3508, 2339)),
        # A photo less oblong than the sheet fits by its shorter side.
        (Recipe(paper="A4"), (100, 100), (2480, 2480)),
        (Recipe(paper="A3"), (300, 400), (3508, 4677)),
        (Recipe(paper="square"), (300, 400), (2657, 3543)),
        (Recipe(paper="own", paper_cm=10), (300, 400), (886, 1181)),
    ],
)
def test_a_photo_fits_the_sheet_and_keeps_its_shape(recipe, photo, canvas):
    assert paper.result_size(recipe, photo) == canvas
    assert plan(recipe, photo)[-1].size == canvas
    assert paper.result_size(recipe, canvas) == canvas


def test_a_print_says_how_fine_it_is_and_other_pictures_keep_what_the_photo_said():
    assert paper.result_dpi(Recipe(paper="A4"), 72) == 300
    assert paper.result_dpi(Recipe(), 72) == 72
    assert paper.result_dpi(Recipe(), None) is None
    assert not paper.is_print(Recipe())
