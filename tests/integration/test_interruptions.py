"""Paintings that are interrupted anywhere, several times, and resumed from the bytes of a checkpoint."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.backbones import VGG19, load_backbone
from engine.imaging.images import resize
from engine.painting import Checkpoint, Painting
from engine.recipe import Recipe
from tests.support import speed

pytestmark = pytest.mark.skipif(speed.leaves_out_steps(), reason=speed.LEFT_OUT)

RECIPE = Recipe(size=64, precision="float32", scales=2, max_steps=8, backbone="vgg19")
STEPS = 16


@pytest.fixture(scope="module")
def network(tiny_weights: Path) -> VGG19:
    network = load_backbone(RECIPE, tiny_weights)
    assert isinstance(network, VGG19)
    return network


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    interruptions=st.sets(st.integers(0, STEPS), max_size=5),
    steered=st.dictionaries(st.integers(0, STEPS - 1), st.integers(10, 100), max_size=2),
    changes=st.sampled_from(
        [{"optimizer": "adam"}, {"optimizer": "adam", "patch_share": 40}, {"optimizer": "lbfgs"}]
    ),
)
def test_adam_resumes_exactly_and_the_history_replays(network, interruptions, steered, changes) -> None:
    rng = np.random.default_rng(0)
    photo, style = (resize(rng.random((9, 12, 3), np.float32), size) for size in ((72, 96), (80, 70)))
    recipe = RECIPE.changed(**changes)

    def paint(stops: set[int]) -> Painting:
        painting = Painting.begin(photo, [style], recipe, backbone=network)
        while not painting.finished:
            if painting.step in stops:
                kept = Checkpoint.from_bytes(painting.checkpoint().to_bytes())
                painting = Painting.resume(kept, photo, [style], backbone=network)
            if painting.step in steered:
                painting.steer(painting.recipe.changed(strength=steered[painting.step]))
            painting.advance()
        return painting

    interrupted = paint(interruptions)
    if recipe.optimizer == "adam":
        uninterrupted = paint(set())
        assert interrupted.picture().tobytes() == uninterrupted.picture().tobytes()
        assert interrupted.losses == uninterrupted.losses
    history = interrupted.history
    again = Painting.begin(photo, [style], history.initial_recipe, backbone=network, replay=history)
    while not again.finished:
        again.advance()
    assert again.picture().tobytes() == interrupted.picture().tobytes()
    assert again.history == history
