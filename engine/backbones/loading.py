"""Which network a recipe gets."""

from __future__ import annotations

from pathlib import Path

from engine.backbones.interface import Backbone, require_layers
from engine.backbones.networks import NETWORKS
from engine.backbones.weights import resolve
from engine.recipe import Recipe


def load_backbone(
    recipe: Recipe,
    weights: Path | None = None,
    *,
    cache: Path | None = None,
    precision_cache: Path | None = None,
) -> Backbone:
    """Open the network that a recipe asks for.

    Args:
        recipe: names the network, its pooling, its precision and its layers.
        weights: VGG19's file; None looks where `engine.backbones.weights` keeps it.
        cache: the folder to look in; None is `engine.backbones.weights.default_cache()`.
        precision_cache: a file that remembers what was measured on this machine, the
            precision and on cards XLA; without it, each process measures again.

    Raises:
        WeightsError: there is no such file, it is damaged, or lacks a layer
            that the recipe names.
    """
    # Imported here: engine.backbones.precision measures with the networks of this package.
    from engine.backbones.precision import choose, xla_pays  # noqa: PLC0415

    source = resolve(recipe.backbone, weights, cache=cache)
    dtype = choose(recipe.precision, source.path, recipe.pooling, precision_cache, network=source.network)
    compiled = xla_pays(dtype, source.path, recipe.pooling, precision_cache, network=source.network)
    backbone = NETWORKS[source.network](source.path, pooling=recipe.pooling, dtype=dtype, compiled=compiled)
    require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
    return backbone
