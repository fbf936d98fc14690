"""The interface of every network: it names its layers, and turns a picture into feature maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from engine.errors import WeightsError

Array = npt.NDArray[np.float32]
Crop = Callable[[str, tf.Tensor], tf.Tensor]
"""Takes a layer's name and its feature map, (B, h, w, C), and returns the wanted part of the map."""


class Backbone(Protocol):
    """A network that turns a picture into named feature maps.

    Attributes:
        name: "vgg19", "vgg16" or "compact".
        layers: the layers that it can return, from the picture upwards.
        dtype: the type it computes in.
        compiled: whether XLA should compile computations that use it.
    """

    name: str
    layers: tuple[str, ...]
    dtype: tf.DType
    compiled: bool

    def features(
        self, image: tf.Tensor, layers: Sequence[str], crop: Crop | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the feature maps after the ReLU of each named layer.

        Args:
            image: (B, H, W, 3) float32 RGB in [0, 1].
            layers: names from `self.layers`.
            crop: returns the wanted part of a layer's map; None returns all of it.

        Returns:
            (B, h, w, C) for each layer, in the type that the network computes in.

        Raises:
            WeightsError: a layer is not in this network.
        """

    def receptive_radius(self, layer: str) -> int:
        """Return how many pixels around its own a position of a layer depends on."""


def require_layers(backbone: Backbone, layers: Sequence[str]) -> None:
    """Raise a WeightsError that names the layers missing from a network, if there are any."""
    missing = [layer for layer in layers if layer not in backbone.layers]
    if missing:
        if backbone.name == "compact":
            raise WeightsError(
                f"The built-in compact network has no {', '.join(missing)}; it has "
                f"{', '.join(backbone.layers)}. Choose from these, or fetch VGG19.",
                code="layer-missing",
            )
        raise WeightsError(
            f"These weights of {backbone.name} have no {', '.join(missing)}; "
            f"they have {backbone.layers[0]} to {backbone.layers[-1]}.",
            code="layer-missing",
        )


def stride(layer: str) -> int:
    """Return how many times smaller a layer's map is than the picture: it is halved between blocks."""
    return 1 << (_block(layer) - 1)


def _block(layer: str) -> int:
    return int(layer.removeprefix("block").partition("_")[0])
