from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import CompactEncoder, load_backbone, weights
from engine.errors import WeightsError
from engine.pretrained.archive import read_network, write_network
from engine.recipe import Recipe
from tests.support.refusals import refused
from tests.support.tiny_compact import TAPS, WIDTHS, write_tiny_compact

LAYERS = tuple(TAPS)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_compact(tmp_path_factory.mktemp("compact") / "encoder.npz")


@pytest.fixture(scope="module")
def compact(file: Path) -> CompactEncoder:
    return CompactEncoder(file)


def random_image(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((1, height, width, 3)).astype(np.float32)


def numpy_convolution(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, slope: float) -> np.ndarray:
    edge = kernel.shape[0] // 2
    padded = np.pad(x, [(edge, edge), (edge, edge), (0, 0)], "reflect")
    height, width = x.shape[:2]
    taps = [(r, c) for r in range(kernel.shape[0]) for c in range(kernel.shape[1])]
    y = bias + sum(padded[r : r + height, c : c + width] @ kernel[r, c] for r, c in taps)
    return np.where(y > 0, y, slope * y)


def numpy_features(file: Path, image: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the network that `training/student.py` describes, with loops over the kernels."""
    _, arrays = read_network(file, "compact encoder")
    places, x = {"trunk1_1/in": image[0]}, image[0].astype(np.float64)
    for block, channels in enumerate(WIDTHS, start=1):
        if block > 1:
            height, width, depth = x.shape
            x = x.reshape(height // 2, 2, width // 2, 2, depth).max((1, 3))
        for index in range(1, len(channels) + 1):
            name = f"trunk{block}_{index}"
            x = places[name] = numpy_convolution(x, arrays[f"{name}/kernel"], arrays[f"{name}/bias"], 0.2)
    return {
        layer: numpy_convolution(places[place], arrays[f"tap{n}/kernel"], arrays[f"tap{n}/bias"], 0)
        for n, (layer, place) in enumerate(TAPS.items(), start=1)
    }


def test_features_match_the_network_as_it_was_trained(file: Path, compact: CompactEncoder) -> None:
    image = random_image(16, 24)
    found = compact.features(tf.constant(image), LAYERS)
    for layer, expected in numpy_features(file, image).items():
        np.testing.assert_allclose(found[layer][0].numpy(), expected, rtol=1e-4, atol=1e-5)


def test_layers_have_the_names_of_vgg19s(compact: CompactEncoder) -> None:
    assert compact.layers == LAYERS
    assert compact.levels == ("trunk1_2", "trunk2_2", "trunk3_3", "trunk4_2")
    assert list(compact.features(tf.constant(random_image(17, 23)), LAYERS[1:2])) == ["block2_conv1"]
    with refused(WeightsError, "layer-missing", "block4_conv2", ", ".join(LAYERS), "VGG19"):
        compact.features(tf.constant(random_image(16, 16)), ["block4_conv2"])


def test_a_flat_picture_is_flat_in_every_layer(compact: CompactEncoder) -> None:
    for maps in compact.features(tf.fill([1, 32, 48, 3], 0.6), LAYERS).values():
        assert maps.numpy().std((1, 2)).max() < 1e-5


def test_the_gradient_is_the_numerical_one(file: Path) -> None:
    compact = CompactEncoder(file, pooling="average", dtype=tf.float64)
    image = random_image(18, 22)
    direction = np.random.default_rng(1).normal(size=image.shape)

    def loss(x: tf.Tensor) -> tf.Tensor:
        return tf.add_n([tf.reduce_mean(maps**2) for maps in compact.features(x, LAYERS).values()])

    with tf.GradientTape() as tape:
        at = tf.constant(image, tf.float64)
        tape.watch(at)
        value = loss(at)
    analytic = float(tf.reduce_sum(tape.gradient(value, at) * direction))
    rise = float(loss(at + 1e-6 * direction)) - float(loss(at - 1e-6 * direction))
    assert analytic == pytest.approx(rise / 2e-6, rel=1e-3)


class TestLoading:
    @pytest.fixture(autouse=True)
    def built_in(self, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(weights, "COMPACT_FILE", file)

    def test_auto_is_compact_without_vgg19(self) -> None:
        assert load_backbone(Recipe(precision="float32")).name == "compact"

    def test_missing_layers_are_named(self) -> None:
        recipe = Recipe(precision="float32", content_layers=("block4_conv2",))
        with refused(WeightsError, "layer-missing", "compact", "block4_conv2"):
            load_backbone(recipe)

    def test_its_precision_is_measured_separately(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        measured = []
        monkeypatch.setattr("engine.backbones.precision.is_emulated", lambda precision: False)
        monkeypatch.setattr("engine.backbones.precision.convolution_seconds", lambda dtype: 0.0)
        monkeypatch.setattr(
            "engine.backbones.precision._step_seconds",
            lambda *args: measured.append(args[2:]) or len(args[2]),
        )
        load_backbone(Recipe(backbone="compact"), precision_cache=tmp_path / "precision.json")
        assert measured == [("float32", "compact"), ("bfloat16", "compact")]


def test_other_files_are_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "none.npz").write_bytes(b"PK not a network")
    with refused(WeightsError, "network-damaged", "none.npz"):
        CompactEncoder(tmp_path / "none.npz")
    with refused(WeightsError, "network-missing", "missing.npz"):
        CompactEncoder(tmp_path / "missing.npz")
    description, arrays = read_network(file, "compact encoder")
    write_network(tmp_path / "brush.npz", description | {"kind": "brush"}, arrays)
    with refused(WeightsError, "network-kind", "brush", "compact encoder"):
        CompactEncoder(tmp_path / "brush.npz")
    del arrays["trunk4_2/kernel"]
    write_network(tmp_path / "cut.npz", description, arrays)
    with refused(WeightsError, "network-layout", "cut.npz"):
        CompactEncoder(tmp_path / "cut.npz")


def test_arrays_that_need_pickle_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", metadata=np.array([{"kind": "compact encoder"}], object))
    with refused(WeightsError, "network-damaged", "evil.npz"):
        read_network(tmp_path / "evil.npz", "compact encoder")
