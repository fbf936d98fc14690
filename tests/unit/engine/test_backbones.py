from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import VGG19, average_pool, load_backbone, max_pool
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.refusals import refused
from tests.support.tiny_vgg import write_tiny_vgg

FLOAT32 = Recipe(precision="float32")


def random_image(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((1, height, width, 3)).astype(np.float32)


def numpy_features(weights: Path, image: np.ndarray, last: str, pool: str = "max") -> np.ndarray:
    """Compute the network with loops over the kernel, including the preprocessing of Keras."""
    x = image[0, :, :, ::-1].astype(np.float64) * 255 - np.array([103.939, 116.779, 123.68])
    with h5py.File(weights) as file:
        for layer in VGG19_LAYERS[: VGG19_LAYERS.index(last) + 1]:
            if layer.endswith("conv1") and layer != VGG19_LAYERS[0]:
                height, width = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
                blocks = x[:height, :width].reshape(height // 2, 2, width // 2, 2, -1)
                x = blocks.max((1, 3)) if pool == "max" else blocks.mean((1, 3))
            kernel, bias = file[f"{layer}/{layer}_W_1:0"][:], file[f"{layer}/{layer}_b_1:0"][:]
            padded = np.pad(x, [(1, 1), (1, 1), (0, 0)], "reflect")
            height, width = x.shape[:2]
            x = bias + sum(
                padded[r : r + height, c : c + width] @ kernel[r, c] for r in range(3) for c in range(3)
            )
            x = np.maximum(x, 0)
    return x


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("layer", ["block1_conv1", "block2_conv2", "block3_conv4"])
def test_features_match_a_numpy_network_with_reflected_borders(
    tiny_weights: Path, layer: str, pool: str
) -> None:
    image = random_image(16, 24)
    backbone = load_backbone(FLOAT32.changed(pooling=pool), tiny_weights)
    found = backbone.features(tf.constant(image), [layer])[layer][0].numpy()
    assert found == pytest.approx(numpy_features(tiny_weights, image, layer, pool), rel=1e-3, abs=1e-2)


def test_returns_only_the_wanted_layers(tiny: VGG19) -> None:
    assert list(tiny.features(tf.constant(random_image(32, 32)), ["block2_conv1"])) == ["block2_conv1"]


@pytest.mark.parametrize("size", [(16, 24), (17, 23)])
@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_the_gradient_to_the_picture_matches_the_numerical_one(
    size: tuple[int, int], pool: object, tiny_weights: Path
) -> None:
    pooling = "max" if pool is max_pool else "average"
    backbone = VGG19(tiny_weights, pooling=pooling, dtype=tf.float64)
    image = random_image(*size)
    direction = np.random.default_rng(1).normal(size=image.shape)

    def loss(x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.square(backbone.features(x, ["block3_conv1"])["block3_conv1"] / 50))

    with tf.GradientTape() as tape:
        at = tf.constant(image, tf.float64)
        tape.watch(at)
        value = loss(at)
    analytic = float(tf.reduce_sum(tape.gradient(value, at) * direction))
    step = 1e-6  # small, as ReLU and pooling have kinks
    rise = float(loss(at + step * direction)) - float(loss(at - step * direction))
    assert analytic == pytest.approx(rise / (2 * step), rel=1e-3)


def test_gradients_agree_with_tensorflows_own(tiny_weights: Path) -> None:
    """Compare the forward convolution used as a gradient with Conv2DBackpropInput."""
    image = tf.constant(random_image(20, 28))
    gradients = []
    for dtype in (tf.float32, tf.float64):
        backbone = VGG19(tiny_weights, dtype=dtype)
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_sum(backbone.features(image, ["block2_conv2"])["block2_conv2"])
        gradients.append(tape.gradient(loss, image).numpy())
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-3, atol=np.abs(gradients[1]).max() * 1e-4)


def test_max_pool_matches_tensorflows(tiny: VGG19) -> None:
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 7, 10, 3)), tf.float32)
    upstream = tf.constant(np.random.default_rng(1).normal(size=(2, 4, 5, 3)), tf.float32)
    results = []
    for pool in (max_pool, lambda x: tf.nn.max_pool2d(x, 2, 2, "SAME")):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = pool(x)
        results.append((y.numpy(), tape.gradient(y, x, upstream).numpy()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_a_flat_picture_has_no_edge_at_its_border(tiny: VGG19) -> None:
    """A flat picture stays flat in every layer, up to its border."""
    features = tiny.features(tf.fill([1, 32, 48, 3], 0.6), tiny.layers)
    for maps in features.values():
        assert maps.numpy().std((1, 2)).max() < 1e-3 * (1 + float(tf.reduce_max(maps)))


def test_a_file_with_only_the_first_layers_works_for_those(tmp_path: Path) -> None:
    weights = write_tiny_vgg(tmp_path / "few.h5", VGG19_LAYERS[:3])
    backbone = load_backbone(FLOAT32, weights)
    assert backbone.layers == VGG19_LAYERS[:3]
    facts = ("block2_conv2", "block1_conv1", "block2_conv1")
    with refused(WeightsError, "layer-missing", *facts):
        backbone.features(tf.zeros([1, 32, 32, 3]), ["block1_conv1", "block2_conv2"])
    with refused(WeightsError, "layer-missing", *facts):
        load_backbone(FLOAT32.changed(style_layers=("block2_conv2",)), weights)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"not a network")
    with refused(WeightsError, "weights-damaged", "broken.h5"):
        VGG19(broken)
    empty = write_tiny_vgg(tmp_path / "empty.h5", ())
    with refused(WeightsError, "weights-empty", "empty.h5"):
        VGG19(empty)
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.create_dataset("block1_conv1/kernel", data=np.zeros((5, 5, 3, 4), np.float32))
        file.create_dataset("block1_conv1/bias", data=np.zeros(4, np.float32))
    with refused(WeightsError, "layer-odd", "odd.h5", "block1_conv1"):
        VGG19(tmp_path / "odd.h5")


def test_bfloat16_computes_nearly_the_same(tiny: VGG19, tiny_weights: Path) -> None:
    half = load_backbone(FLOAT32.changed(precision="bfloat16"), tiny_weights)
    image = tf.constant(random_image(32, 32))
    exact = tiny.features(image, ["block2_conv1"])["block2_conv1"].numpy()
    rough = half.features(image, ["block2_conv1"])["block2_conv1"]
    assert rough.dtype == tf.bfloat16
    assert np.abs(rough.numpy().astype(np.float32) - exact).mean() < 0.03 * np.abs(exact).mean()
