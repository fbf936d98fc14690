"""What release 1.0's engine wrote is still read: recipes, histories, checkpoints, networks and rates."""

import dataclasses
import json

import numpy as np
import pytest

from engine.backbones import load_backbone
from engine.feedforward.styles import FeedforwardStyles
from engine.imaging import images
from engine.painting import Checkpoint, Painting, RecipeChange
from engine.recipe import Recipe
from engine.recipe.rates import Rates
from tests.support.release_1_0 import FOLDER

BEGUN = Recipe(
    size=64,
    scales=2,
    max_steps=4,
    backbone="compact",
    precision="float32",
    optimizer="adam",
    learning_rate=0.03,
    strength=55,
    style_scale=60,
    keep_colours=20,
    smoothness=30,
    style_weights=(70, 30),
    patch_share=10,
    patch_layers=("block2_conv1",),
    style_layers=("block1_conv1", "block2_conv1"),
    style_layer_weights=(1, 2),
    content_layers=("block3_conv1",),
    content_layer_weights=(1,),
    colour_method="histogram",
    pooling="max",
    start="blend",
    start_noise=25,
    seed=7,
)
CHANGES = (
    RecipeChange(1, {"strength": 80.0, "keep_colours": 45.0}),
    RecipeChange(2, {"style_weights": (20.0, 80.0), "smoothness": 10.0}),
)
FINAL = BEGUN.changed(**CHANGES[0].values, **CHANGES[1].values)


@pytest.fixture(scope="module")
def originals():
    """The pictures that the painting was made of, and its network."""
    return {
        "content": images.read(FOLDER / "photo.png").rgb,
        "styles": [images.read(FOLDER / f"{name}.png").rgb for name in ("stripes", "rings")],
        "masks": [images.read_mask(FOLDER / "mask.png"), None],
        "backbone": load_backbone(BEGUN),
    }


def assert_same_pixels_as_painting_png(painting):
    """Compare the picture so far with release 1.0's, written as PNG."""
    picture = images.read(images.encode(painting.picture(), "png")).rgb
    # Another processor may round float32 otherwise: that is a level or two of 255.
    assert np.abs(picture - images.read(FOLDER / "painting.png").rgb).max() <= 2 / 255


def test_a_recipe_file_is_read():
    assert Recipe.from_dict(json.loads((FOLDER / "recipe.json").read_text())) == BEGUN


@pytest.mark.parametrize("name", ["painting.png", "painting.jpg", "painting.webp"])
def test_the_recipe_in_a_picture_is_read(name):
    assert images.read_recipe(FOLDER / name) == FINAL


def test_the_history_in_a_png_is_read():
    history = images.read_history(FOLDER / "painting.png")
    assert history.initial_recipe == BEGUN
    assert [(change.step, dict(change.values)) for change in history.changes] == [
        (change.step, {name: pytest.approx(value) for name, value in change.values.items()})
        for change in CHANGES
    ]
    assert (history.resumed, history.stopped) == ((3,), 7)


def test_a_replay_paints_the_same_pixels(originals):
    history = images.read_history(FOLDER / "painting.png")
    painting = Painting.begin(recipe=history.initial_recipe, replay=history, **originals)
    while painting.step < history.stopped:
        painting.advance()
    assert painting.history == history
    assert_same_pixels_as_painting_png(painting)


def test_a_checkpoint_is_resumed_with_the_optimizers_memory(originals):
    checkpoint = Checkpoint.from_bytes((FOLDER / "checkpoint.bin").read_bytes())
    assert (checkpoint.recipe, checkpoint.optimizer is not None) == (FINAL, True)
    painting = Painting.resume(checkpoint, **originals)
    assert (painting.step, painting.recipe, painting.picture().shape) == (3, FINAL, (32, 32, 3))
    while not painting.finished:
        painting.advance()
    assert (painting.step, painting.picture().shape) == (8, (64, 64, 3))
    assert [change.step for change in painting.history.changes] == [1, 2]


def test_a_checkpoint_leads_to_the_same_pixels(originals):
    checkpoint = Checkpoint.from_bytes((FOLDER / "checkpoint.bin").read_bytes()).without_optimizer_state()
    painting = Painting.resume(checkpoint, **originals)
    while painting.step < 7:
        painting.advance()
    assert_same_pixels_as_painting_png(painting)


def test_a_trained_network_still_paints():
    styles = FeedforwardStyles.load(FOLDER / "one-pass.npz")
    (name,) = styles.names
    photo = images.read(FOLDER / "photo.png").rgb
    picture = styles.apply(photo, name, size=64)
    assert picture.shape == photo.shape
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert np.abs(picture - photo).mean() > 0.01


def test_rates_are_read_under_their_old_names():
    rates = Rates.from_dict({"brush_s": 0.25, "start_s": 3.0})
    assert (rates.feedforward_s, rates.start_s) == (0.25, 3.0)
    assert rates == dataclasses.replace(Rates(), feedforward_s=0.25, start_s=3.0)
    assert Rates.from_dict(rates.to_dict()) == rates
