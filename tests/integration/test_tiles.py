"""The losses and gradients of tiles add up to the full picture's, and prints are painted in tiles."""

import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import load_backbone
from engine.errors import PaintingError
from engine.losses.objective import objective_for
from engine.losses.targets import SourceFeatures
from engine.painting import Checkpoint, Painting
from engine.prints import scale_run, tiles
from engine.prints.objective import TiledObjective, tiled_objective_for
from engine.prints.source_features import TiledSourceFeatures
from engine.recipe import Recipe, sizes
from tests.support import speed
from tests.support.refusals import refused
from tests.support.tiled import losses_and_gradient
from tests.support.tiny_vgg import write_tiny_vgg

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(speed.leaves_out_steps(), reason=speed.LEFT_OUT),
]

RECIPE = Recipe(
    size=150,
    precision="float32",
    style_layers=("block1_conv1", "block2_conv1", "block3_conv1"),
    content_layers=("block2_conv2",),
    scales=1,
    max_steps=3,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_backbone(RECIPE, write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5"))


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    rows, columns = np.mgrid[0:72, 0:96] / np.float32(96)
    return np.stack([rows, columns, (rows > columns) * 0.6 + 0.2], axis=-1).astype(np.float32)


@pytest.fixture(scope="module")
def style() -> np.ndarray:
    return np.random.default_rng(1).random((80, 70, 3), np.float32)


def in_tiles(backbone, recipe, picture, photo, styles, masks, side, content_mask=None):
    """Return the losses and the gradient, computed tile by tile."""
    objective = tiled_objective_for(backbone)
    sources = TiledSourceFeatures(
        objective, backbone, recipe, photo, styles, masks=masks, content_mask=content_mask
    )
    cuts = tiles.cut_tiles(photo.shape[:2], tiles.tile_layout(backbone, sources.layers), side)
    assert len(cuts) > 3
    for _ in sources.measure(cuts):
        pass
    return losses_and_gradient(objective, picture, cuts, sources.targets(recipe, {}))


def in_one_piece(backbone, recipe, picture, photo, styles, masks, content_mask=None):
    sources = SourceFeatures(backbone, recipe, photo, styles, masks=masks, content_mask=content_mask)
    evaluation = objective_for(backbone)(tf.constant(picture[None]), sources.targets(recipe, {}))
    return evaluation.losses, evaluation.gradient[0].numpy()


def check(backbone, recipe, side, size=(107, 150), masks=(None,), content_mask=None):
    rng = np.random.default_rng(0)
    photo, picture = (rng.random((*size, 3), np.float32) for _ in range(2))
    styles = [rng.random((70 + 20 * number, 80, 3), np.float32) for number in range(len(masks))]
    losses, gradient = in_tiles(backbone, recipe, picture, photo, styles, masks, side, content_mask)
    expected, exact = in_one_piece(backbone, recipe, picture, photo, styles, masks, content_mask)
    assert {name: float(loss) for name, loss in losses.items()} == {
        name: pytest.approx(float(loss), rel=1e-4) for name, loss in expected.items()
    }
    assert np.linalg.norm(gradient - exact) <= 1e-4 * np.linalg.norm(exact)
    assert np.abs(gradient - exact).max() <= 1e-4 * np.abs(exact).max()


def test_the_gradient_of_tiles_is_the_full_pictures(tiny):
    check(tiny, RECIPE, side=64)


def test_the_gradient_is_exact_with_regions_and_a_content_mask(tiny):
    mask = np.linspace(0, 1, 107 * 150, dtype=np.float32).reshape(107, 150)
    check(tiny, RECIPE, side=64, masks=(mask, None), content_mask=mask)


def test_the_compact_networks_receptive_field_fits_in_the_halo():
    check(load_backbone(Recipe(backbone="compact", precision="float32")), Recipe(backbone="compact"), side=96)


def test_the_gradient_of_a_768_px_picture_through_vgg19_is_exact(vgg19_weights):
    recipe = Recipe(size=768, backbone="vgg19", precision="float32")
    check(load_backbone(recipe, vgg19_weights), recipe, side=320, size=(352, 768))


@pytest.fixture
def small_tiles(monkeypatch):
    """Paint pictures of more than 60 × 60 px in small tiles."""
    monkeypatch.setattr(sizes, "MAX_UNTILED_PIXELS", 60 * 60)
    monkeypatch.setattr("engine.prints.scale_run.TILE_SIDES", (80, 64, 48))
    monkeypatch.setattr("engine.prints.scale_run.tile_side", lambda _size, _bytes: 64)


def begin(tiny, photo, style, recipe=RECIPE):
    return Painting.begin(photo, [style], recipe, backbone=tiny)


def steps_of(painting, until=lambda painting: False):
    """Advance unit by unit; return the step and the progress after each."""
    reports = []
    while not painting.finished and not until(painting):
        report = painting.advance()
        reports.append((report.step, report.progress))
    return reports


def test_a_large_picture_is_painted_tile_by_tile(tiny, photo, style, small_tiles):
    painting = begin(tiny, photo, style)
    reports = steps_of(painting)
    steps, progress = zip(*reports, strict=True)
    assert len(reports) > 3 * 4, "a unit of work is one tile"
    assert sorted(set(steps)) == [0, 1, 2, 3]
    assert list(progress) == sorted(progress)
    assert progress[-1] == 1.0
    assert len(set(progress)) > 3 * 3, "tiles count"
    losses = [total for _, _, _, total in painting.losses]
    assert [step for step, *_ in painting.losses] == [1, 2, 3]
    assert losses[-1] < losses[0]
    assert painting.picture().shape == (112, 150, 3)


def test_a_checkpoint_in_the_middle_of_a_step_goes_on_from_its_beginning(tiny, photo, style, small_tiles):
    painting = begin(tiny, photo, style, RECIPE.changed(max_steps=4))
    steps_of(painting, until=lambda painting: painting.step == 2)
    before = painting.picture()
    painting.advance()
    assert painting.step == 2
    np.testing.assert_array_equal(painting.picture(), before)
    checkpoint = Checkpoint.from_bytes(painting.checkpoint().to_bytes())
    resumed = Painting.resume(checkpoint, photo, [style], backbone=tiny)
    assert resumed.step == 2
    steps_of(resumed)
    assert resumed.step == 4
    # Adam's running means start again, and yet the loss keeps falling.
    assert resumed.losses[-1][3] < resumed.losses[1][3]


def test_steering_takes_effect_at_the_next_step(tiny, photo, style, small_tiles):
    painting = begin(tiny, photo, style)
    steps_of(painting, until=lambda painting: painting.step == 1)
    painting.steer(RECIPE.changed(strength=0))
    steps_of(painting)
    assert painting.recipe.strength == 0
    assert painting.step == 3


def test_tiles_become_smaller_if_memory_runs_short(tiny, photo, style, small_tiles, monkeypatch, caplog):
    sides: list[int] = []
    tile_gradient = TiledObjective.tile_gradient

    def needs_much_memory(self, picture, tile, *rest):
        sides.append(max(tile.outer.size))
        if max(tile.outer.size) > 48:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return tile_gradient(self, picture, tile, *rest)

    monkeypatch.setattr(TiledObjective, "tile_gradient", needs_much_memory)
    painting = begin(tiny, photo, style)
    reduced_tile_px = []
    while not painting.finished:
        reduced_tile_px.append(painting.advance().reduced_tile_px)
    assert painting.step == 3
    assert reduced_tile_px[0] is None
    assert reduced_tile_px[-1] == 48
    assert sides[0] > 48 >= max(sides[1:])
    warnings = [record for record in caplog.records if record.name == scale_run.__name__]
    assert [(record.levelname, record.args) for record in warnings] == [("WARNING", (48,))]


def test_a_machine_without_memory_for_the_smallest_tile_is_an_error(
    tiny, photo, style, small_tiles, monkeypatch
):
    def out_of_memory(*_args):
        raise MemoryError

    monkeypatch.setattr(TiledObjective, "tile_gradient", out_of_memory)
    with refused(PaintingError, "out-of-memory"):
        steps_of(begin(tiny, photo, style))
