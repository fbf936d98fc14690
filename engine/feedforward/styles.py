"""One-pass styles: styles that were trained into a network, which paints a photo in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.backbones.devices import enable_memory_growth
from engine.backbones.memory import keep_freed_memory
from engine.backbones.tracing import traced
from engine.errors import RecipeError, WeightsError
from engine.feedforward.network import STRIDE, FeedforwardPass, NetworkShape, initial_moments, initial_weights
from engine.imaging.images import resize
from engine.pretrained.archive import Arrays, read_network
from engine.recipe.feedforward_styles import FEEDFORWARD_FILE
from engine.recipe.sizes import fitted_size

NETWORK_TYPE = "brush"
"""The type of network that a file with one-pass styles names in its description, since release 1.0."""

_MIN_SIDE = 4 * STRIDE
"""A smaller picture would have too few pixels to reflect at quarter size."""


class FeedforwardStyles:
    """One network and the styles that it holds.

    Attributes:
        names: of its styles, as recipes and commands refer to them.
        titles: of its styles, as they are shown to users.
    """

    def __init__(self, description: Mapping[str, Any], arrays: Arrays) -> None:
        """Build the network.

        Args:
            description: its architecture and its styles, as the file has them.
            arrays: its weights by name.

        Raises:
            WeightsError: arrays are missing or do not fit the description.
        """
        keep_freed_memory()
        enable_memory_growth()
        try:
            styles = [(str(style["name"]), str(style["title"])) for style in description["styles"]]
            widths = [int(width) for width in description["widths"]]
            self._shape = NetworkShape(
                widths=(widths[0], widths[1], widths[2]),
                blocks=int(description["blocks"]),
                norm=cast(Literal["instance", "batch"], str(description["norm"])),
                styles=len(styles),
            )
        except (KeyError, TypeError, ValueError, IndexError) as exc:
            raise WeightsError(
                "This network is not one of Pastiche's instant styles.", code="network-layout"
            ) from exc
        expected = initial_weights(self._shape, 0) | initial_moments(self._shape)
        if {name: array.shape for name, array in expected.items()} != {
            name: array.shape for name, array in arrays.items()
        }:
            raise WeightsError("This network's weights do not fit its description.", code="network-mismatch")
        self.names = tuple(name for name, _ in styles)
        self.titles = tuple(title for _, title in styles)
        self._weights = {name: tf.constant(array) for name, array in arrays.items()}
        self._pass = traced(self._paint).get_concrete_function(
            tf.TensorSpec([1, None, None, 3], tf.float32), tf.TensorSpec([1, len(styles)], tf.float32)
        )

    @classmethod
    def load(cls, path: Path | None = None) -> FeedforwardStyles:
        """Read a network from a file, or the built-in one.

        Raises:
            WeightsError: it is missing, damaged, or another type of network.
        """
        return cls(*read_network(path or FEEDFORWARD_FILE, NETWORK_TYPE))

    def apply(self, content: Array, weights: Mapping[str, float] | str, *, size: int) -> Array:
        """Paint a photo in one pass.

        Args:
            content: (H, W, 3) float32 RGB in [0, 1] at any size; it is resized.
            weights: the name of a style, or several names with their shares.
            size: the longer side of the result, in pixels.

        Returns:
            (h, w, 3) float32 RGB in [0, 1].

        Raises:
            RecipeError: there is no style of that name, or no weight above 0.
        """
        mix = self._mix({weights: 1.0} if isinstance(weights, str) else weights)
        height, width = fitted_size((content.shape[0], content.shape[1]), size)
        photo = np.clip(resize(content, (height, width)), 0, 1)
        border = [(0, max(_MIN_SIDE, side + -side % STRIDE) - side) for side in (height, width)]
        padded = np.pad(photo, [*border, (0, 0)], "symmetric")
        painted = self._pass(tf.constant(padded[None]), tf.constant(mix[None]))
        return np.asarray(painted[0, :height, :width].numpy(), np.float32)

    def _mix(self, weights: Mapping[str, float]) -> Array:
        """Return each style's share, (N,) float32 that sums to 1."""
        for name in weights:
            if name not in self.names:
                raise RecipeError(
                    "feedforward_style",
                    f"There is no instant style “{name}”; choose among {', '.join(self.names)}.",
                    code="unknown-style",
                )
        mix = np.array([max(0.0, weights.get(name, 0.0)) for name in self.names], np.float32)
        if not mix.any():
            raise RecipeError(
                "feedforward_style",
                "The weights of all instant styles are 0; make at least one of them more than 0.",
                code="all-zero",
            )
        return np.asarray(mix / mix.sum(), np.float32)

    def _paint(self, image: tf.Tensor, mix: tf.Tensor) -> tf.Tensor:
        return FeedforwardPass(self._shape, self._weights, mix, training=False)(image)
