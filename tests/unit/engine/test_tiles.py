"""Tiles: how they are cut and how large they may be; and what works on bands of rows."""

import tempfile

import numpy as np
import pytest

from engine.optimize.in_place_adam import InPlaceAdam
from engine.painting import Painting
from engine.painting.inputs import Inputs
from engine.prints import source_features, tiles
from engine.recipe import Recipe, sizes


@pytest.mark.parametrize("side", [64, 100, 1000])
@pytest.mark.parametrize("size", [(203, 331), (64, 64), (17, 900)])
def test_inner_parts_cover_a_picture_once_and_begin_on_the_grid(size, side):
    layout = tiles.TileLayout(8, 16)
    covered = np.zeros(size, int)
    for tile in tiles.cut_tiles(size, layout, side):
        covered[tile.inner.slices] += 1
        assert tile.inner.top % 8 == tile.inner.left % 8 == 0
        assert tile.outer.top % 8 == tile.outer.left % 8 == 0
        for near, far, end in ((0, 1, size[0]), (2, 3, size[1])):
            assert tile.outer[near] == max(0, tile.inner[near] - 16)
            assert tile.outer[far] == min(end, tile.inner[far] + 16)
        assert max(tile.outer.size) <= max(side, 8 + 2 * 16)
    assert covered.min() == covered.max() == 1


def test_the_halo_is_as_wide_as_the_deepest_receptive_field(tiny):
    assert tiles.tile_layout(tiny, ("block1_conv1",)) == tiles.TileLayout(1, 1)
    assert tiles.tile_layout(tiny, ("block1_conv1", "block2_conv1")) == tiles.TileLayout(2, 4)
    assert tiles.tile_layout(tiny, ("block4_conv1",)) == tiles.TileLayout(8, 32)


def test_in_place_adam_goes_to_the_minimum_and_stays_in_bounds():
    minimum = np.random.default_rng(0).uniform(-0.2, 1.2, (20, 30, 3)).astype(np.float32)
    adam = InPlaceAdam(np.full((20, 30, 3), 0.5, np.float32), rate=0.05)
    for _ in range(120):
        adam.step(2 * (adam.iterate - minimum))
    assert np.abs(adam.picture - np.clip(minimum, 0, 1)).mean() < 0.01
    assert 0 <= adam.picture.min() <= adam.picture.max() <= 1


def test_in_place_adam_moves_a_copy_and_returns_copies():
    photo = np.full((20, 30, 3), 0.5, np.float32)
    adam = InPlaceAdam(photo, rate=0.05)
    before = adam.picture
    adam.step(np.ones_like(photo))
    assert adam.iterate.max() < 0.5
    assert (photo == 0.5).all()
    assert (before == 0.5).all()


def test_a_print_that_starts_from_the_photo_does_not_change_the_photo(tiny, photo, style, monkeypatch):
    monkeypatch.setattr(sizes, "MAX_UNTILED_PIXELS", 60 * 60)
    recipe = Recipe(
        size=96,
        scales=1,
        max_steps=1,
        precision="float32",
        style_layers=("block1_conv1",),
        content_layers=("block2_conv1",),
    )
    given = photo.copy()
    painting = Painting.begin(given, [style], recipe, backbone=tiny)
    while not painting.finished:
        painting.advance()
    assert (painting.picture() != photo).any()
    np.testing.assert_array_equal(given, photo)


@pytest.mark.parametrize("given", [True, False])
def test_maps_that_are_too_large_for_memory_are_kept_in_the_given_folder(
    tiny, photo, style, monkeypatch, tmp_path, given
):
    monkeypatch.setattr(source_features, "_IN_MEMORY_BYTES", 0)
    folders, make = [], tempfile.TemporaryFile

    def note(dir=None):
        folders.append(dir)
        return make(dir=dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", note)
    recipe = Recipe(style_layers=("block1_conv1",), content_layers=("block1_conv2", "block2_conv1"))
    scratch = tmp_path if given else None
    sources = Inputs.of(photo, [style], recipe, tiny, scratch=scratch).tiled_source_features((72, 96), recipe)
    cuts = tiles.cut_tiles((72, 96), tiles.tile_layout(tiny, sources.layers), 64)
    assert len(cuts) > 1
    for _ in sources.measure(cuts):
        pass
    # One file for each layer, not for each tile.
    assert folders == [scratch] * 2
    assert list(tmp_path.iterdir()) == [], "it has no name"


def test_the_side_of_tiles_depends_on_the_free_memory(monkeypatch, caplog):
    monkeypatch.setattr(tiles, "available_bytes", lambda: 64 * 2**30)
    large = tiles.tile_side((3072, 4096), 2)
    assert not caplog.records
    monkeypatch.setattr(tiles, "available_bytes", lambda: 3 * 2**30)
    small = tiles.tile_side((3072, 4096), 2)
    assert small < large
    (record,) = caplog.records
    assert (record.name, record.levelname, record.args) == (tiles.__name__, "WARNING", (small,))
    monkeypatch.setattr(tiles, "available_bytes", lambda: 2**20)
    assert tiles.tile_side((3072, 4096), 2) == tiles.TILE_SIDES[-1]
