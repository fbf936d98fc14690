"""GPU settings, and when XLA is used. These tests need no GPU."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import VGG19, devices, load_backbone
from engine.backbones.precision import is_settled, xla_is_faster
from engine.backbones.tracing import traced
from engine.cli import ceiling
from engine.feedforward.styles import FeedforwardStyles
from engine.losses import objective
from engine.losses.objective import objective_for
from engine.painting import Painting
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.tiny_vgg import WIDTHS, write_tiny_vgg


@pytest.fixture
def cards(monkeypatch):
    """Two GPUs, as TensorFlow would list them."""
    cards = [SimpleNamespace(name=f"/physical_device:GPU:{n}", device_type="GPU") for n in range(2)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: cards if kind == "GPU" else [])
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda card: {"device_name": f"Card {card.name[-1]}"}
    )
    devices.enable_memory_growth.cache_clear()
    yield cards
    devices.enable_memory_growth.cache_clear()


def test_without_a_gpu_there_is_nothing_to_name():
    assert devices.accelerator_names() == []
    assert devices.peak_bytes() is None


def test_memory_growth_is_enabled_except_on_a_gpu_in_use(cards, monkeypatch, caplog):
    grown = []

    def grow(card, enabled):
        if card is cards[0]:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append((card.name, enabled))

    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    devices.enable_memory_growth()
    assert devices.accelerator_names() == ["Card 0", "Card 1"]
    assert grown == [("/physical_device:GPU:1", True)]
    (record,) = caplog.records
    assert (record.name, record.levelname) == (devices.__name__, "WARNING")
    assert record.args == (cards[0].name,)


def test_a_one_pass_style_that_comes_first_leaves_memory_to_others(cards, monkeypatch):
    grown = []
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda card, enabled: grown.append(card.name)
    )
    FeedforwardStyles.load()
    assert len(grown) == 2


class TestXla:
    @pytest.fixture
    def few_layers(self, tmp_path):
        return write_tiny_vgg(tmp_path / "tiny.h5", VGG19_LAYERS[:5])

    def test_is_not_tried_on_a_processor(self, tiny_weights, monkeypatch):
        monkeypatch.setattr("engine.backbones.precision._time_step", None)
        assert not xla_is_faster(tf.float32, tiny_weights, "max", None)

    @pytest.mark.parametrize(
        ("step_s", "first_s", "pays"),
        [(0.5, 1.0, True), (0.5, 61.0, False), (2.0, 2.0, False), (None, 0, False)],
        ids=["faster", "compiling takes too long", "slower", "cannot be compiled"],
    )
    def test_is_used_on_a_gpu_where_it_is_faster_and_works(
        self, cards, tiny_weights, tmp_path, monkeypatch, step_s, first_s, pays
    ):
        def measure(*_args, compiled=False):
            if compiled and step_s is None:
                raise tf.errors.UnimplementedError(None, None, "no such kernel")
            return (step_s, first_s) if compiled else (1.0, 1.2)

        monkeypatch.setattr("engine.backbones.precision._time_step", measure)
        cache = tmp_path / "precision.json"
        assert not is_settled("float32", cache)
        assert xla_is_faster(tf.float32, tiny_weights, "max", cache) is pays
        assert is_settled("float32", cache)
        monkeypatch.setattr("engine.backbones.precision._time_step", None)
        another_spelling = tmp_path / ".." / tmp_path.name / "precision.json"
        assert xla_is_faster(tf.float32, tiny_weights, "max", another_spelling) is pays, (
            "the measurement is stored"
        )

    def test_a_gpu_filled_by_others_is_not_remembered(self, cards, tiny_weights, tmp_path, monkeypatch):
        def fail(*_args, **_options):
            raise tf.errors.ResourceExhaustedError(None, None, "the card is full")

        monkeypatch.setattr("engine.backbones.precision._time_step", fail)
        assert not xla_is_faster(tf.float32, tiny_weights, "max", tmp_path / "precision.json")
        assert not (tmp_path / "precision.json").exists()

    def test_a_network_knows_whether_to_compile(self, few_layers, monkeypatch):
        monkeypatch.setattr("engine.backbones.precision.xla_is_faster", lambda *_args, **_options: True)
        assert load_backbone(Recipe(precision="float32"), few_layers).compiled

    @pytest.mark.parametrize("pooling", ["max", "average"])
    def test_paints_the_same_picture_even_with_odd_sizes(self, few_layers, pooling):
        rng = np.random.default_rng(3)
        photo, style = rng.random((71, 95, 3), np.float32), rng.random((70, 81, 3), np.float32)
        recipe = Recipe(size=95, scales=1, max_steps=3, optimizer="adam")
        pictures = []
        for compiled in (False, True):
            backbone = VGG19(few_layers, pooling=pooling, compiled=compiled)
            painting = Painting.begin(photo, [style], recipe, backbone=backbone)
            while not painting.finished:
                painting.advance()
            pictures.append(painting.picture())
            (graph,) = objective_for(backbone)._traced.values()
            assert ("_XlaMustCompile" in graph.function_def.attr) is compiled
        np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-4)

    def test_a_picture_that_xla_cannot_compile_is_painted_without_it(
        self, few_layers, photo, style, monkeypatch, caplog
    ):
        def compile_nothing(act, jit_compile):
            def fail(*_arguments):
                raise tf.errors.InvalidArgumentError(None, None, "not for this shape")

            uncompiled = traced(act)
            return SimpleNamespace(get_concrete_function=lambda *_specs: fail) if jit_compile else uncompiled

        monkeypatch.setattr("engine.losses.objective.traced", compile_nothing)
        backbone = VGG19(few_layers, compiled=True)
        recipe = Recipe(size=64, scales=1, max_steps=2)
        painting = Painting.begin(photo, [style], recipe, backbone=backbone)
        while not painting.finished:
            painting.advance()
        assert painting.step == 2
        (record,) = [record for record in caplog.records if record.name == objective.__name__]
        assert record.levelname == "WARNING"
        (error,) = record.args
        assert "not for this shape" in str(error)


def test_the_ceiling_counts_the_convolutions_that_a_step_needs(tmp_path):
    network = VGG19(write_tiny_vgg(tmp_path / "tiny.h5", VGG19_LAYERS[:5]))
    found = ceiling.convolutions(network, ["block1_conv1", "block2_conv1"], (30, 50))
    one, two = WIDTHS["block1"], WIDTHS["block2"]
    assert found == [(30, 50, 3, 3, one), (30, 50, 3, one, one), (15, 25, 3, one, two)]
    assert ceiling.ceiling_s(network, ["block2_conv1"], (30, 50), rounds=1) > 0
