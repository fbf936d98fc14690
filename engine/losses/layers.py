"""Which layers of a network the losses compare: the recipe's choice, or the network's defaults."""

from __future__ import annotations

import numpy as np

from engine.backbones import Backbone, require_layers
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS, Recipe

_DEFAULT_STYLE = tuple(f"block{block}_conv1" for block in range(1, 6))
_DEFAULT_PATCH = ("block3_conv1", "block4_conv1")
_DEFAULT_CONTENT = "block4_conv2"

LayerWeights = dict[str, np.float32]
"""Layers with their weights, which sum to 1."""


def style_layers(recipe: Recipe, backbone: Backbone) -> LayerWeights:
    """Return the layers whose Gram matrices are compared: by default the first convolution of each block.

    So did Gatys et al.

    Raises:
        WeightsError: the recipe names a layer that the network lacks.
    """
    require_layers(backbone, recipe.style_layers)
    layers = recipe.style_layers or _available(_DEFAULT_STYLE, backbone)
    return _normalised(layers, recipe.style_layer_weights)


def content_layers(recipe: Recipe, backbone: Backbone) -> LayerWeights:
    """Return the layers that are compared position by position: by default block4_conv2.

    That is also as in Gatys et al.; a network that lacks it is compared at the highest layer below it.

    Raises:
        WeightsError: the recipe names a layer that the network lacks, or it has none of the default layers.
    """
    require_layers(backbone, recipe.content_layers)
    layers = recipe.content_layers or _highest_up_to(_DEFAULT_CONTENT, backbone)
    return _normalised(layers, recipe.content_layer_weights)


def patch_layers(recipe: Recipe, backbone: Backbone) -> LayerWeights:
    """Return the layers whose patches are compared: by default block3_conv1 and block4_conv1.

    So did Li & Wand; a network that lacks both is compared at its highest style layer.

    Raises:
        WeightsError: the recipe names a layer that the network lacks.
    """
    require_layers(backbone, recipe.patch_layers)
    default = _available(_DEFAULT_PATCH, backbone) or tuple(style_layers(recipe, backbone))[-1:]
    return _normalised(recipe.patch_layers or default, ())


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


def _normalised(layers: tuple[str, ...], weights: tuple[float, ...]) -> LayerWeights:
    """Return the layers with weights that sum to 1, equal ones if none are given."""
    values = np.array(weights or (1.0,) * len(layers), np.float32)
    return dict(zip(layers, values / values.sum(), strict=True))
