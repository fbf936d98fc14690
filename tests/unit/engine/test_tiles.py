"""Tiles: how they are cut, how large they may be, and what is worked on in bands."""

import tempfile

import numpy as np
import pytest
import tensorflow as tf

from engine.losses.total_variation import add_variation, total_variation
from engine.optimize.in_place_adam import InPlaceAdam
from engine.painting import Painting
from engine.painting.inputs import Inputs
from engine.prints import source_features, tiles
from engine.recipe import Recipe, sizes


@pytest.mark.parametrize("side", [64, 100, 1000])
@pytest.mark.parametrize("size", [(203, 331), (64, 64), (17, 900)])
def test_inner_parts_cover_a_picture_once_and_begin_on_the_grid(size, side):
    reach = tiles.Reach(8, 16)
    covered = np.zeros(size, int)
    for tile in tiles.cut(size, reach, side):
        covered[tile.inner.slices] += 1
        assert tile.inner.top % 8 == tile.inner.left % 8 == 0
        assert tile.outer.top % 8 == tile.outer.left % 8 == 0
        for near, far, end in ((0, 1, size[0]), (2, 3, size[1])):
            assert tile.outer[near] == max(0, tile.inner[near] - 16)
            assert tile.outer[far] == min(end, tile.inner[far] + 16)
        assert max(tile.outer.size) <= max(side, 8 + 2 * 16)
    assert covered.min() == covered.max() == 1


def test_the_halo_is_as_wide_as_the_deepest_layer_sees(tiny):
    assert tiles.reach(tiny, ("block1_conv1",)) == tiles.Reach(1, 1)
    assert tiles.reach(tiny, ("block1_conv1", "block2_conv1")) == tiles.Reach(2, 4)
    assert tiles.reach(tiny, ("block4_conv1",)) == tiles.Reach(8, 32)


def test_total_variation_in_bands_is_the_whole_pictures():
    picture = np.random.default_rng(0).random((300, 40, 3), np.float32)
    image = tf.constant(picture[None])
    with tf.GradientTape() as tape:
        tape.watch(image)
        expected = total_variation(image)
    gradient = np.zeros_like(picture)
    assert add_variation(picture, gradient, 3.0) == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(gradient, 3 * tape.gradient(expected, image)[0].numpy(), atol=1e-8)


def test_a_canvas_goes_to_the_minimum_and_stays_in_bounds():
    wish = np.random.default_rng(0).uniform(-0.2, 1.2, (20, 30, 3)).astype(np.float32)
    canvas = InPlaceAdam(np.full((20, 30, 3), 0.5, np.float32), rate=0.05)
    for _ in range(120):
        canvas.move(2 * (canvas.here - wish))
    assert np.abs(canvas.picture - np.clip(wish, 0, 1)).mean() < 0.01
    assert 0 <= canvas.picture.min() <= canvas.picture.max() <= 1


def test_a_canvas_moves_a_copy_and_hands_out_none_of_its_own():
    photo = np.full((20, 30, 3), 0.5, np.float32)
    canvas = InPlaceAdam(photo, rate=0.05)
    before = canvas.picture
    canvas.move(np.ones_like(photo))
    assert canvas.here.max() < 0.5
    assert (photo == 0.5).all()
    assert (before == 0.5).all()


def test_a_large_picture_that_starts_from_the_photo_leaves_the_photo_alone(tiny, photo, style, monkeypatch):
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
def test_maps_that_are_too_large_for_memory_lie_in_the_folder_that_was_given(
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
    sources = Inputs.of(photo, [style], recipe, tiny, scratch=scratch).in_tiles((72, 96), recipe)
    cuts = tiles.cut((72, 96), tiles.reach(tiny, sources.layers), 64)
    assert len(cuts) > 1
    for _ in sources.measure(cuts):
        pass
    # One file a layer, not one a tile.
    assert folders == [scratch] * 2
    assert list(tmp_path.iterdir()) == [], "it has no name"


def test_tiles_are_chosen_by_the_memory_that_is_free(monkeypatch, caplog):
    monkeypatch.setattr(tiles, "available_bytes", lambda: 64 * 2**30)
    large = tiles.tile_side((3072, 4096), 2)
    assert not caplog.records
    monkeypatch.setattr(tiles, "available_bytes", lambda: 3 * 2**30)
    small = tiles.tile_side((3072, 4096), 2)
    assert small < large
    (record,) = caplog.records
    assert (record.name, record.levelname, record.args) == (tiles.__name__, "WARNING", (small,))
    monkeypatch.setattr(tiles, "available_bytes", lambda: 2**20)
    assert tiles.tile_side((3072, 4096), 2) == tiles.SIDES[-1]
