"""Which layers of a network each loss compares: the recipe's choice, or the network's defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backbones import Array, Backbone, require_layers
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS, Recipe

_DEFAULT_STYLE = tuple(f"block{block}_conv1" for block in range(1, 6))
_DEFAULT_PATCH = ("block3_conv1", "block4_conv1")
_DEFAULT_CONTENT = "block4_conv2"


@dataclass(frozen=True)
class LossLayers:
    """The layers that are compared, with their weights.

    Attributes:
        style: the layers whose Gram matrices are compared.
        style_weights: (len(style),) float32 that sums to 1.
        content: the layers whose features are compared position by position.
        content_weights: (len(content),) float32 that sums to 1.
        patch: the layers whose patches are compared.
    """

    style: tuple[str, ...]
    style_weights: Array
    content: tuple[str, ...]
    content_weights: Array
    patch: tuple[str, ...]

    @classmethod
    def of(cls, recipe: Recipe, backbone: Backbone) -> LossLayers:
        """Choose the layers that a recipe names, or the defaults that this network has.

        By default the style is compared at the first convolution of each block
        (as in Gatys et al.), the content at block4_conv2 (also as in Gatys et
        al.) or the highest layer below it, and patches at block3_conv1 and
        block4_conv1 (Li & Wand) or, failing those, the highest style layer.

        Raises:
            WeightsError: the recipe names a layer that the network lacks, or
                the network has none of the default layers.
        """
        require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
        style = recipe.style_layers or _available(_DEFAULT_STYLE, backbone)
        content = recipe.content_layers or _highest_up_to(_DEFAULT_CONTENT, backbone)
        return cls(
            style,
            _normalised(recipe.style_layer_weights, len(style)),
            content,
            _normalised(recipe.content_layer_weights, len(content)),
            recipe.patch_layers or _available(_DEFAULT_PATCH, backbone) or style[-1:],
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that any loss compares, once."""
        return tuple(dict.fromkeys(self.style + self.content + self.patch))


def _available(layers: tuple[str, ...], backbone: Backbone) -> tuple[str, ...]:
    return tuple(layer for layer in layers if layer in backbone.layers)


def _highest_up_to(layer: str, backbone: Backbone) -> tuple[str, ...]:
    # Every backbone names its layers as VGG19 does.
    candidates = VGG19_LAYERS[: VGG19_LAYERS.index(layer) + 1]
    available = _available(candidates, backbone)
    if not available:
        raise WeightsError(
            f"{backbone.name}'s weights lack {layer} and every layer below it; use a complete file.",
            code="layer-missing",
        )
    return available[-1:]


def _normalised(weights: tuple[float, ...], count: int) -> Array:
    """Return weights that sum to 1, equal ones if none are given."""
    values = np.array(weights or (1.0,) * count, np.float32)
    return np.asarray(values / values.sum(), np.float32)
