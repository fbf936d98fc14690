from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import VGG19, average_pool, load_backbone, max_pool
from engine.backbones.devices import has_bfloat16, processor_model
from engine.backbones.precision import choose_dtype, is_settled
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.refusals import refused
from tests.support.tiny_vgg import write_tiny_vgg

FLOAT32 = Recipe(precision="float32")


def random_image(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((1, height, width, 3)).astype(np.float32)


def numpy_features(weights: Path, image: np.ndarray, last: str, pool: str = "max") -> np.ndarray:
    """The network by loops over the kernel, from Keras's preparation on."""
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
def test_features_are_those_of_the_network_with_reflected_borders(
    tiny_weights: Path, layer: str, pool: str
) -> None:
    image = random_image(16, 24)
    backbone = load_backbone(FLOAT32.changed(pooling=pool), tiny_weights)
    found = backbone.features(tf.constant(image), [layer])[layer][0].numpy()
    assert found == pytest.approx(numpy_features(tiny_weights, image, layer, pool), rel=1e-3, abs=1e-2)


def test_asks_for_no_more_layers_than_are_wanted(tiny: VGG19) -> None:
    assert list(tiny.features(tf.constant(random_image(32, 32)), ["block2_conv1"])) == ["block2_conv1"]


@pytest.mark.parametrize("size", [(16, 24), (17, 23)])
@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_gradient_to_the_picture_is_the_numerical_one(
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
    """The forward convolution that serves as a gradient, against Conv2DBackpropInput."""
    image = tf.constant(random_image(20, 28))
    gradients = []
    for dtype in (tf.float32, tf.float64):
        backbone = VGG19(tiny_weights, dtype=dtype)
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_sum(backbone.features(image, ["block2_conv2"])["block2_conv2"])
        gradients.append(tape.gradient(loss, image).numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-3, atol=np.abs(gradients[1]).max() * 1e-4)


def test_max_pool_is_tensorflows(tiny: VGG19) -> None:
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


def test_no_frame_at_the_border(tiny: VGG19) -> None:
    """A flat picture stays flat in every layer: no edge is seen where it ends."""
    features = tiny.features(tf.fill([1, 32, 48, 3], 0.6), tiny.layers)
    for maps in features.values():
        assert maps.numpy().std((1, 2)).max() < 1e-3 * (1 + float(tf.reduce_max(maps)))


def test_a_file_with_the_first_layers_only_serves_for_those(tmp_path: Path) -> None:
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


class TestPrecision:
    @pytest.fixture(autouse=True)
    def a_processor_that_does_not_say(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: None)
        monkeypatch.setattr("engine.backbones.precision.convolution_seconds", lambda dtype: 0.0)

    def test_a_processor_without_bfloat16_is_not_tried(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
        monkeypatch.setattr("engine.backbones.precision._step_seconds", None)
        assert choose_dtype("auto", tiny_weights, "max", tmp_path / "none.json") == tf.float32
        assert choose_dtype("bfloat16", tiny_weights, "max", None) == tf.bfloat16

    def test_a_trial_is_given_up_when_one_convolution_takes_longer_than_a_step_should(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []
        monkeypatch.setattr(
            "engine.backbones.precision._step_seconds", lambda *args: tried.append(args[2]) or 0.1
        )
        monkeypatch.setattr("engine.backbones.precision.convolution_seconds", lambda dtype: 3.0)
        assert choose_dtype("auto", tiny_weights, "max", tmp_path / "up.json") == tf.float32
        assert tried == ["float32"]
        assert "3.0" in (tmp_path / "up.json").read_text()

    @pytest.mark.parametrize(
        ("cpuinfo", "expected"),
        [
            ("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\n", True),
            ("flags\t\t: fpu avx2 fma\n", False),
            ("Features\t: fp asimd bf16\n", True),
            ("Features\t: fp asimd\n", False),
            ("cpu family: 6\n", None),
            (None, None),
        ],
    )
    def test_reads_what_the_processor_says(
        self, tmp_path: Path, cpuinfo: str | None, expected: bool | None
    ) -> None:
        if cpuinfo is not None:
            (tmp_path / "cpuinfo").write_text(cpuinfo)
        assert has_bfloat16(tmp_path / "cpuinfo") is expected

    def test_auto_never_picks_the_slower(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, (fast, slow) in enumerate([("float32", "bfloat16"), ("bfloat16", "float32")]):
            seconds = {fast: 0.1, slow: 0.2}
            monkeypatch.setattr(
                "engine.backbones.precision._step_seconds", lambda *args, s=seconds: s[args[2]]
            )
            assert choose_dtype("auto", tiny_weights, "max", tmp_path / f"{number}.json") == tf.as_dtype(fast)

    def test_the_answer_is_kept_for_the_machine(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = tmp_path / "made" / "precision.json"
        measured = choose_dtype("auto", tiny_weights, "max", cache)
        assert cache.exists()
        monkeypatch.setattr("engine.backbones.precision._step_seconds", None)
        # Another spelling of the path stands for another process: nothing is remembered but the file.
        again = choose_dtype("auto", tiny_weights, "max", cache.parent / ".." / "made" / "precision.json")
        assert again == measured

    @pytest.mark.parametrize(
        ("cpuinfo", "expected"),
        [
            ("processor\t: 0\nmodel name\t: AMD EPYC\n\nmodel name\t: another\n", "AMD EPYC"),
            ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "0x41 0xd0c"),
            ("flags\t\t: fpu\n", None),
            (None, None),
        ],
    )
    def test_the_processor_has_a_name_where_it_says_so(
        self, tmp_path: Path, cpuinfo: str | None, expected: str | None
    ) -> None:
        if cpuinfo is not None:
            (tmp_path / "cpuinfo").write_text(cpuinfo)
        assert processor_model(tmp_path / "cpuinfo") == expected

    def test_the_answer_holds_for_another_host_with_such_a_processor(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.backbones.precision._step_seconds", lambda *args: len(args[2]))
        monkeypatch.setattr("engine.backbones.precision.processor_model", lambda: "AMD EPYC")
        cache = tmp_path / "precision.json"
        assert not is_settled("auto", cache)
        choose_dtype("auto", tiny_weights, "max", cache)
        monkeypatch.setattr("platform.node", lambda: "3f9a0c1d2e4b")
        assert is_settled("auto", cache)
        assert not is_settled("auto", cache, network="compact")
        monkeypatch.setattr("engine.backbones.precision.processor_model", lambda: "Intel Xeon")
        assert not is_settled("auto", cache)

    def test_where_nothing_is_measured_nothing_is_left_to_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert is_settled("float32", tmp_path / "none.json")
        monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
        assert is_settled("auto", tmp_path / "none.json")

    def test_a_cache_that_cannot_be_read_or_written_does_no_harm(
        self, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.backbones.precision._step_seconds", lambda *args: len(args[2]))
        (tmp_path / "file").write_text("{[")
        assert choose_dtype("auto", tiny_weights, "max", tmp_path / "file") == tf.float32
        assert choose_dtype("auto", tiny_weights, "max", tmp_path / "file" / "below") == tf.float32

    def test_a_chosen_precision_is_not_measured(self, tiny_weights: Path) -> None:
        assert choose_dtype("bfloat16", tiny_weights, "max", None) == tf.bfloat16
