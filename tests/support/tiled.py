"""What the losses of a picture are when they are computed tile by tile."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from engine.losses.targets import Targets
from engine.prints.objective import TiledObjective, added, total_gradient
from engine.prints.tiles import Tile


def losses_and_gradient(
    objective: TiledObjective, picture: np.ndarray, cuts: Sequence[Tile], targets: Targets
) -> tuple[Mapping[str, tf.Tensor], np.ndarray]:
    """Return the losses by name, and the gradient; both passes over the tiles must find the same sums."""
    sums: dict[str, Any] = {}
    for tile in cuts:
        sums = added(sums, objective.sums(picture, tile, targets))
    values, _, by_sums = total_gradient(sums, targets)
    gradient, again = np.zeros_like(picture), dict[str, Any]()
    for tile in cuts:
        tile_gradient = objective.tile_gradient(picture, tile, targets, by_sums)
        gradient[tile.outer.slices] += tile_gradient.gradient
        again = added(again, tile_gradient.sums)
    for first, second in zip(tf.nest.flatten(sums), tf.nest.flatten(again), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-5)
    return values, gradient
