"""Load the network that a recipe asks for."""

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
    """Load the network that a recipe asks for.

    Args:
        recipe: names the network, its pooling, its precision and its layers.
        weights: VGG19's file; None searches as `engine.backbones.weights` does.
        cache: the folder to search; None is `engine.backbones.weights.default_cache()`.
        precision_cache: a file that stores which precision is faster on this machine,
            and on GPUs whether XLA is; without it, each process measures again.

    Raises:
        WeightsError: the file is missing or damaged, or lacks a layer that the recipe
            names.
    """
    # Imported here: engine.backbones.precision measures with the networks of this package.
    from engine.backbones.precision import choose_dtype, xla_is_faster  # noqa: PLC0415

    source = resolve(recipe.backbone, weights, cache=cache)
    path, network, pooling = source.path, source.network, recipe.pooling
    dtype = choose_dtype(recipe.precision, path, pooling, precision_cache, network=network)
    compiled = xla_is_faster(dtype, path, pooling, precision_cache, network=network)
    backbone = NETWORKS[network](path, pooling=pooling, dtype=dtype, compiled=compiled)
    require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
    return backbone
