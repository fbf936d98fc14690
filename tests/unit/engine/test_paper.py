"""Print sizes: pixels for a sheet of paper."""

import pytest

from engine.recipe import Recipe, paper
from engine.recipe.scales import plan


@pytest.mark.parametrize(
    ("recipe", "photo", "size"),
    [
        (Recipe(), (300, 400), (384, 512)),
        (Recipe(paper="A4"), (2000, 3000), (2339, 3508)),
        (Recipe(paper="A4"), (3000, 2000), (3508, 2339)),
        # A photo with a squarer shape than the sheet is limited by the sheet's shorter side.
        (Recipe(paper="A4"), (100, 100), (2480, 2480)),
        (Recipe(paper="A3"), (300, 400), (3508, 4677)),
        (Recipe(paper="square"), (300, 400), (2657, 3543)),
        (Recipe(paper="own", paper_cm=10), (300, 400), (886, 1181)),
    ],
)
def test_a_photo_fits_the_sheet_and_keeps_its_shape(recipe, photo, size):
    assert paper.result_size(recipe, photo) == size
    assert plan(recipe, photo)[-1].size == size
    assert paper.result_size(recipe, size) == size


def test_a_print_has_its_own_resolution_and_other_paintings_keep_the_photos():
    assert paper.result_dpi(Recipe(paper="A4"), 72) == 300
    assert paper.result_dpi(Recipe(), 72) == 72
    assert paper.result_dpi(Recipe(), None) is None
    assert not paper.is_print(Recipe())
