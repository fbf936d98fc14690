"""Which layers of a network take which part: a recipe's wish, or what suits the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backbones import Array, Backbone, require_layers
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS, Recipe

_STYLE = tuple(f"block{block}_conv1" for block in range(1, 6))
_PATCH = ("block3_conv1", "block4_conv1")
_CONTENT = "block4_conv2"


@dataclass(frozen=True)
class LossLayers:
    """The layers that are compared, with their weights.

    Attributes:
        style: where Gram matrices are compared.
        style_weights: (len(style),) float32 that sums to 1.
        content: where features are compared position by position.
        content_weights: (len(content),) float32 that sums to 1.
        patch: where patches are compared.
    """

    style: tuple[str, ...]
    style_weights: Array
    content: tuple[str, ...]
    content_weights: Array
    patch: tuple[str, ...]

    @classmethod
    def of(cls, recipe: Recipe, backbone: Backbone) -> LossLayers:
        """Choose the layers.

        By default style is compared at the first convolution of each block (as
        Gatys et al. do), content at block4_conv2 (the same) or the highest
        layer below it, patches at block3_conv1 and block4_conv1 (Li & Wand):
        of these, those that the network has.

        Raises:
            WeightsError: the recipe names a layer that the network lacks, or
                the network has none of the default ones.
        """
        require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
        style = recipe.style_layers or _held(_STYLE, backbone)
        content = recipe.content_layers or _highest_up_to(_CONTENT, backbone)
        return cls(
            style,
            _shares(recipe.style_layer_weights, len(style)),
            content,
            _shares(recipe.content_layer_weights, len(content)),
            recipe.patch_layers or _held(_PATCH, backbone) or style[-1:],
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that takes any part, once."""
        return tuple(dict.fromkeys(self.style + self.content + self.patch))


def _held(layers: tuple[str, ...], backbone: Backbone) -> tuple[str, ...]:
    return tuple(layer for layer in layers if layer in backbone.layers)


def _highest_up_to(layer: str, backbone: Backbone) -> tuple[str, ...]:
    below = VGG19_LAYERS[: VGG19_LAYERS.index(layer) + 1]
    held = _held(below, backbone)
    if not held:
        raise WeightsError(
            f"These weights of {backbone.name} hold no layer up to {layer}.", code="layer-missing"
        )
    return held[-1:]


def _shares(weights: tuple[float, ...], count: int) -> Array:
    given = np.array(weights or (1.0,) * count, np.float32)
    return np.asarray(given / given.sum(), np.float32)
