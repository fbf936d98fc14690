from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from engine.errors import RecipeError, WeightsError
from engine.feedforward.network import (
    NetworkShape,
    _upsample_and_convolve,
    initial_moments,
    initial_weights,
    standardise,
)
from engine.feedforward.styles import NETWORK_TYPE, FeedforwardStyles
from engine.pretrained.archive import write_network
from engine.recipe.feedforward_styles import BuiltInStyle, built_in_styles
from tests.support.refusals import refused

STYLES = [{"name": "waves", "title": "Waves"}, {"name": "night", "title": "Night"}]


def write_styles(path: Path, norm: str = "instance") -> Path:
    """Write a network of two styles with seeded random weights."""
    shape = NetworkShape(
        widths=(4, 6, 8), blocks=1, norm="batch" if norm == "batch" else "instance", styles=2
    )
    arrays = initial_weights(shape, 0) | initial_moments(shape)
    rng = np.random.default_rng(1)
    for name, array in arrays.items():
        if name.endswith(("scale", "shift")):
            arrays[name] = array + rng.normal(0, 0.3, array.shape).astype(np.float32)
    description = {
        "kind": NETWORK_TYPE,
        "styles": STYLES,
        "widths": (4, 6, 8),
        "blocks": 1,
        "norm": norm,
    }
    write_network(path, description, arrays)
    return path


@pytest.fixture(scope="module")
def feedforward_styles(tmp_path_factory: pytest.TempPathFactory) -> FeedforwardStyles:
    return FeedforwardStyles.load(write_styles(tmp_path_factory.mktemp("styles") / "two.npz"))


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((height, width, 3)).astype(np.float32)


def test_a_network_names_its_styles(feedforward_styles: FeedforwardStyles) -> None:
    assert feedforward_styles.names == ("waves", "night")
    assert feedforward_styles.titles == ("Waves", "Night")


@pytest.mark.parametrize("size", [(64, 48), (37, 50), (3, 90)])
def test_photos_of_any_size_are_painted(feedforward_styles: FeedforwardStyles, size: tuple[int, int]) -> None:
    painted = feedforward_styles.apply(picture(*size), "waves", size=max(size))
    assert painted.shape == (*size, 3)
    assert painted.dtype == np.float32
    assert np.isfinite(painted).all()


def test_styles_of_one_network_differ_and_can_be_blended(feedforward_styles: FeedforwardStyles) -> None:
    photo = picture(32, 40)
    alone = [feedforward_styles.apply(photo, name, size=40) for name in feedforward_styles.names]
    assert np.abs(alone[0] - alone[1]).max() > 0.01
    np.testing.assert_allclose(
        feedforward_styles.apply(photo, {"waves": 2, "night": 0}, size=40), alone[0], atol=1e-6
    )
    both = feedforward_styles.apply(photo, {"waves": 1, "night": 1}, size=40)
    assert min(np.abs(both - one).max() for one in alone) > 0.005


def test_batch_normalisation_paints_with_its_running_moments(tmp_path: Path) -> None:
    painted = FeedforwardStyles.load(write_styles(tmp_path / "batch.npz", "batch")).apply(
        picture(32, 40), "night", size=40
    )
    assert np.isfinite(painted).all()


def test_unknown_styles_and_weights_of_zero_are_refused(feedforward_styles: FeedforwardStyles) -> None:
    with refused(RecipeError, "unknown-style", "“fog”", "waves, night"):
        feedforward_styles.apply(picture(32, 32), "fog", size=32)
    with refused(RecipeError, "all-zero", 0):
        feedforward_styles.apply(picture(32, 32), {"waves": 0}, size=32)


def test_a_network_that_does_not_fit_its_description_is_refused(tmp_path: Path) -> None:
    shape = NetworkShape(widths=(4, 6, 8), blocks=1, styles=1)
    description = {
        "kind": NETWORK_TYPE,
        "styles": STYLES,
        "widths": (4, 6, 8),
        "blocks": 1,
        "norm": "instance",
    }
    write_network(tmp_path / "odd.npz", description, initial_weights(shape, 0))
    with refused(WeightsError, "network-mismatch"):
        FeedforwardStyles.load(tmp_path / "odd.npz")
    write_network(tmp_path / "bare.npz", {"kind": NETWORK_TYPE}, initial_weights(shape, 0))
    with refused(WeightsError, "network-layout"):
        FeedforwardStyles.load(tmp_path / "bare.npz")


def test_upsampling_is_nearest_neighbour_and_a_convolution() -> None:
    rng = np.random.default_rng(0)
    x, kernel = (tf.constant(rng.normal(size=size), tf.float32) for size in ((2, 5, 7, 3), (3, 3, 3, 4)))
    doubled = tf.repeat(tf.repeat(x, 2, 1), 2, 2)
    padded = tf.pad(doubled, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
    expected = tf.nn.conv2d(padded, kernel, 1, "VALID")
    np.testing.assert_allclose(_upsample_and_convolve(x, kernel), expected, atol=1e-5)


@pytest.mark.parametrize("axes", [[1, 2], [0, 1, 2]])
def test_standardising_and_its_gradient_equal_autodiff(axes: list[int]) -> None:
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(2, 3, (2, 6, 5, 4)), tf.float32)
    upstream = tf.constant(rng.normal(size=(2, 6, 5, 4)), tf.float32)

    def by_autodiff(maps: tf.Tensor) -> tf.Tensor:
        mean, variance = tf.nn.moments(maps, axes, keepdims=True)
        return (maps - mean) * tf.math.rsqrt(variance + 1e-5)

    results = []
    for function in (by_autodiff, lambda maps: standardise(maps, axes)[0]):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        results.append((y.numpy(), tape.gradient(y, x, upstream).numpy()))
    np.testing.assert_allclose(results[0][0], results[1][0], atol=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-5)


def test_built_in_styles_are_listed_without_opening_the_network(tmp_path: Path) -> None:
    path = write_styles(tmp_path / "styles.npz")
    assert built_in_styles(path) == (BuiltInStyle("waves", "Waves"), BuiltInStyle("night", "Night"))
    assert built_in_styles(tmp_path / "none.npz") == ()
