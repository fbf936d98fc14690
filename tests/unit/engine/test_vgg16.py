"""VGG16: where its file comes from, and that it is not mistaken for VGG19's."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import VGG16, VGG19, load_backbone, weights
from engine.errors import WeightsError
from engine.recipe import VGG16_LAYERS, VGG19_LAYERS, Recipe
from tests.support.refusals import refused
from tests.support.shelf import BODY, serving
from tests.support.tiny_vgg import write_tiny_vgg

RECIPE = Recipe(backbone="vgg16", precision="float32")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def vgg16(tmp_path):
    return write_tiny_vgg(tmp_path / "vgg16.h5", VGG16_LAYERS)


def test_it_has_thirteen_convolutions():
    assert len(VGG16_LAYERS) == 13
    assert [layer for layer in VGG19_LAYERS if layer not in VGG16_LAYERS] == [
        f"block{block}_conv4" for block in (3, 4, 5)
    ]


def test_the_address_and_the_hash_are_those_of_keras():
    source = Path(importlib.util.find_spec("keras").submodule_search_locations[0])
    text = (source / "src/applications/vgg16.py").read_text()
    assert weights.VGG16.md5 in text
    assert weights.VGG16.file_name in text
    assert weights.VGG16.url in text.replace('"\n    "', "")


def test_it_is_fetched_like_vgg19(tmp_path):
    with serving() as shelf:
        path = weights.fetch(shelf.published, cache=tmp_path)
    assert path.read_bytes() == BODY


def test_its_features_are_those_of_vgg19_with_the_same_weights(tmp_path):
    shared = VGG16_LAYERS[:7]
    small = VGG16(write_tiny_vgg(tmp_path / "a.h5", VGG16_LAYERS))
    large = VGG19(write_tiny_vgg(tmp_path / "b.h5", VGG19_LAYERS))
    assert small.layers == VGG16_LAYERS
    image = tf.constant(np.random.default_rng(0).random((1, 32, 40, 3), np.float32))
    found, expected = small.features(image, shared), large.features(image, shared)
    for layer in shared:
        np.testing.assert_allclose(found[layer], expected[layer], atol=1e-5)
    assert small.features(image, ["block5_conv3"])["block5_conv3"].shape == (1, 2, 3, 8)
    with refused(WeightsError, "layer-missing", "vgg16", "block3_conv4"):
        small.features(image, ["block3_conv4"])


def test_a_recipe_that_names_it_gets_it(vgg16):
    backbone = load_backbone(RECIPE, vgg16)
    assert (backbone.name, backbone.layers[-1]) == ("vgg16", "block5_conv3")


def test_its_file_is_in_the_cache_or_beside_vgg19s(tmp_path, vgg16):
    with refused(WeightsError, "weights-not-fetched", "weights fetch --network vgg16", weights.VGG16.url):
        weights.resolve("vgg16", cache=tmp_path / "cache")
    named = write_tiny_vgg(tmp_path / "vgg19.h5")
    beside = vgg16.rename(tmp_path / weights.VGG16.file_name)
    assert weights.resolve("vgg16", named, cache=tmp_path / "cache").path == beside
    assert weights.resolve("vgg16", cache=tmp_path).path == beside


@pytest.mark.parametrize(("layers", "network"), [(VGG19_LAYERS, VGG16), (VGG16_LAYERS, VGG19)])
def test_the_file_of_the_other_network_is_refused(tmp_path, layers, network):
    with refused(WeightsError, "weights-other-network", "other.h5", network.name.upper()):
        network(write_tiny_vgg(tmp_path / "other.h5", layers))
