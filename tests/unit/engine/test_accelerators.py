"""What is set for graphics cards, and when XLA is taken; no card is needed to tell."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from engine import accelerators, ceiling
from engine.backbones import VGG19
from engine.painting import Painting
from engine.precision import xla_pays
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.tiny_vgg import WIDTHS, write_tiny_vgg


@pytest.fixture
def cards(monkeypatch):
    """Two cards, as TensorFlow would list them."""
    cards = [SimpleNamespace(name=f"/physical_device:GPU:{n}", device_type="GPU") for n in range(2)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: cards if kind == "GPU" else [])
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda card: {"device_name": f"Card {card.name[-1]}"}
    )
    accelerators.take_memory_as_needed.cache_clear()
    yield cards
    accelerators.take_memory_as_needed.cache_clear()


def test_without_a_card_there_is_nothing_to_name():
    assert accelerators.names() == []
    assert accelerators.peak_bytes() is None


def test_each_cards_memory_grows_and_one_that_is_in_use_is_left(cards, monkeypatch, caplog):
    grown = []

    def grow(card, enabled):
        if card is cards[0]:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append((card.name, enabled))

    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    accelerators.take_memory_as_needed()
    assert accelerators.names() == ["Card 0", "Card 1"]
    assert grown == [("/physical_device:GPU:1", True)]
    assert "GPU:0 is taken as a whole" in caplog.text


class TestXla:
    def test_is_not_tried_on_a_processor(self, tiny_weights, monkeypatch):
        monkeypatch.setattr("engine.precision._seconds_a_step", None)
        assert not xla_pays(tf.float32, tiny_weights, "max", None)

    @pytest.mark.parametrize(("seconds", "pays"), [(0.5, True), (2.0, False), (None, False)])
    def test_is_taken_on_a_card_where_it_is_quicker_and_works(
        self, cards, tiny_weights, tmp_path, monkeypatch, seconds, pays
    ):
        def measure(*_args, side, compiled=False):
            assert side == 512
            if compiled and seconds is None:
                raise tf.errors.UnimplementedError(None, None, "no such kernel")
            return seconds if compiled else 1.0

        monkeypatch.setattr("engine.precision._seconds_a_step", measure)
        cache = tmp_path / "precision.json"
        assert xla_pays(tf.float32, tiny_weights, "max", cache) is pays
        monkeypatch.setattr("engine.precision._seconds_a_step", None)
        other_name_of_it = tmp_path / ".." / tmp_path.name / "precision.json"
        assert xla_pays(tf.float32, tiny_weights, "max", other_name_of_it) is pays, "it is kept"

    def test_paints_the_same_picture(self, tmp_path, photo, style):
        weights = write_tiny_vgg(tmp_path / "tiny.h5", VGG19_LAYERS[:3])
        recipe = Recipe(size=64, scales=1, max_steps=3, optimizer="adam")
        pictures = []
        for compiled in (False, True):
            painting = Painting.begin(photo, [style], recipe, backbone=VGG19(weights, compiled=compiled))
            while not painting.finished:
                painting.advance()
            pictures.append(painting.picture())
        np.testing.assert_allclose(*pictures, atol=1e-4)


def test_the_ceiling_is_that_of_the_convolutions_which_a_step_needs(tmp_path):
    network = VGG19(write_tiny_vgg(tmp_path / "tiny.h5", VGG19_LAYERS[:5]))
    found = ceiling.convolutions(network, ["block1_conv1", "block2_conv1"], (30, 50))
    one, two = WIDTHS["block1"], WIDTHS["block2"]
    assert found == [(30, 50, 3, 3, one), (30, 50, 3, one, one), (15, 25, 3, one, two)]
    assert 0 < ceiling.ceiling_s(network, ["block2_conv1"], (30, 50), rounds=1) < 5
