"""A loss that matches does so when it is due, whole and in tiles; a checkpoint knows what it matched."""

import dataclasses
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from engine.errors import CheckpointError
from engine.losses.content import feature_loss
from engine.losses.loss import Loss, losses
from engine.losses.objective import objective_for
from engine.losses.patches import nearest
from engine.painting import Checkpoint, Painting
from engine.painting.inputs import Inputs
from engine.prints import tiles
from engine.prints.objective import tiled_objective_for
from engine.recipe import Recipe, sizes
from tests.support.refusals import refused
from tests.support.tiled import losses_and_gradient

LAYER = "block2_conv1"
RECIPE = Recipe(
    size=96,
    scales=1,
    max_steps=6,
    optimizer="adam",
    precision="float32",
    style_layers=("block1_conv1",),
    content_layers=(LAYER,),
)


class ColumnTarget(NamedTuple):
    """Each position's match."""

    features: tf.Tensor


class ColumnLoss(Loss):
    """Pulls each position to the style's most similar one, halfway between painting and photo."""

    name = "column"
    role = "style"
    matched: ClassVar[list[int]] = []

    @classmethod
    def share(cls, recipe):
        return 0.5

    @classmethod
    def choose_layers(cls, recipe, backbone):
        return {LAYER: np.float32(1)}

    @property
    def kept_layers(self):
        return self.layers

    @property
    def matched_layers(self):
        return self.layers

    def is_match_due(self, step, limits):
        return step == limits.max_steps // 2

    def add_style(self, style, maps, share):
        self.columns = tf.reshape(maps[LAYER], [-1, maps[LAYER].shape[-1]])

    def target(self, recipe, photo, painting):
        own = (painting.maps[LAYER] + photo[LAYER]) / 2
        flat = tf.reshape(own, [-1, own.shape[-1]])
        self.matched.append(flat.shape[0])
        found = tf.gather(self.columns, nearest(flat, self.columns))
        return {LAYER: ColumnTarget(tf.reshape(found, tf.shape(own)))}

    @staticmethod
    def sums(part, target):
        one = tf.ones([])
        loss = feature_loss(part.maps[LAYER], target[LAYER].features, one, one)
        return loss * part.shares[LAYER]

    @staticmethod
    def value(sums, target):
        return sums


@pytest.fixture(autouse=True)
def column_loss(monkeypatch):
    monkeypatch.setitem(losses(), "column", ColumnLoss)
    monkeypatch.setattr(ColumnLoss, "matched", [])


def finish(painting):
    while not painting.finished:
        painting.advance()
    return painting.picture()


def returned(generator):
    """Exhaust a generator, and return what it returns."""

    def run():
        result.append((yield from generator))

    result: list[Any] = []
    for _ in run():
        pass
    return result[0]


def test_matches_in_tiles_are_those_in_one_piece(tiny, photo, style):
    picture = np.random.default_rng(0).random(photo.shape, np.float32)
    inputs, size = Inputs.of(photo, [style], RECIPE, tiny), photo.shape[:2]
    whole = inputs.source_features(size, RECIPE)
    image = tf.constant(picture[None])
    expected = objective_for(tiny)(
        image, whole.targets(RECIPE, {"column": whole.match("column", RECIPE, image)})
    )

    tiled, objective = inputs.tiled_source_features(size, RECIPE), tiled_objective_for(tiny)
    cuts = tiles.cut_tiles(size, tiles.tile_layout(tiny, tiled.layers), 48)
    for _ in tiled.measure(cuts):
        pass
    target = returned(tiled.match_tiles("column", RECIPE, picture, cuts))
    targets = tiled.targets(RECIPE, {"column": target})
    values, gradient = losses_and_gradient(objective, picture, cuts, targets)

    assert float(values["column"]) == pytest.approx(float(expected.losses["column"]), rel=1e-4)
    exact = expected.gradient[0].numpy()
    assert np.linalg.norm(gradient - exact) <= 1e-4 * np.linalg.norm(exact)


def test_it_matches_at_the_start_and_when_it_is_due(tiny, photo, style):
    finish(Painting.begin(photo, [style], RECIPE, backbone=tiny))
    assert len(ColumnLoss.matched) == 2


@pytest.mark.parametrize("at", [1, 3, 4])
def test_a_resumed_painting_has_the_same_matches(tiny, photo, style, at):
    painting = Painting.begin(photo, [style], RECIPE, backbone=tiny)
    for _ in range(at):
        painting.advance()
    kept = Checkpoint.from_bytes(painting.checkpoint().to_bytes())
    resumed = Painting.resume(kept, photo, [style], backbone=tiny)
    assert finish(resumed).tobytes() == finish(painting).tobytes()


def test_a_checkpoint_that_lacks_the_step_of_a_match_is_refused(tiny, photo, style):
    painting = Painting.begin(photo, [style], RECIPE, backbone=tiny)
    painting.advance()
    kept = painting.checkpoint()
    numbers = {name: number for name, number in kept.optimizer.numbers.items() if name != "column_matched"}
    checkpoint = dataclasses.replace(kept, optimizer=dataclasses.replace(kept.optimizer, numbers=numbers))
    with refused(CheckpointError, "checkpoint-damaged"):
        Painting.resume(checkpoint, photo, [style], backbone=tiny).advance()


def test_in_tiles_it_matches_at_the_start_when_it_is_due_and_after_a_change(tiny, photo, style, monkeypatch):
    monkeypatch.setattr(sizes, "MAX_UNTILED_PIXELS", 60 * 60)
    positions = (photo.shape[0] // 2) * (photo.shape[1] // 2)
    painting = Painting.begin(photo, [style], RECIPE, backbone=tiny)
    while painting.step < 5:
        painting.advance()
    assert sum(ColumnLoss.matched) == 2 * positions
    painting.steer(RECIPE.changed(strength=80))
    finish(painting)
    assert sum(ColumnLoss.matched) == 3 * positions
