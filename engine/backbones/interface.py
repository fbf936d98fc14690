"""What every network can do: name its layers, and turn a picture into feature maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from engine.errors import WeightsError

Array = npt.NDArray[np.float32]
Part = Callable[[str, tf.Tensor], tf.Tensor]
"""Cuts what is wanted out of a layer's map, (B, h, w, C)."""


class Backbone(Protocol):
    """A network that turns a picture into named feature maps.

    Attributes:
        name: "vgg19", "vgg16" or "compact".
        layers: what it can return, from the picture upwards.
        dtype: what it computes in.
        compiled: whether XLA should compile what is computed through it.
    """

    name: str
    layers: tuple[str, ...]
    dtype: tf.DType
    compiled: bool

    def features(
        self, image: tf.Tensor, layers: Sequence[str], part: Part | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the maps after each named layer's ReLU.

        Args:
            image: (B, H, W, 3) float32 RGB in [0, 1].
            layers: names out of `self.layers`.
            part: cuts what is wanted out of the map of a layer, by its name; all of it else.

        Returns:
            (B, h, w, C) a layer, in the type that the network computes in.

        Raises:
            WeightsError: a layer is not in this network.
        """

    def receptive_radius(self, layer: str) -> int:
        """Return how many pixels around its own a position of a layer depends on."""


def require_layers(backbone: Backbone, layers: Sequence[str]) -> None:
    """Raise a WeightsError that names the layers which a network lacks."""
    missing = [layer for layer in layers if layer not in backbone.layers]
    if missing:
        if backbone.name == "compact":
            raise WeightsError(
                f"The built-in compact network lacks {', '.join(missing)}; it has "
                f"{', '.join(backbone.layers)}. Choose among these, or fetch VGG19.",
                code="layer-missing",
            )
        raise WeightsError(
            f"These weights of {backbone.name} lack {', '.join(missing)}; "
            f"they hold {backbone.layers[0]} to {backbone.layers[-1]}.",
            code="layer-missing",
        )


def stride(layer: str) -> int:
    """Return by how much a layer's map is smaller than the picture: it is halved between blocks."""
    return 1 << (_block(layer) - 1)


def _block(layer: str) -> int:
    return int(layer.removeprefix("block").partition("_")[0])
