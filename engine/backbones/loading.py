"""Which network a recipe gets."""

from __future__ import annotations

from pathlib import Path

from engine.backbones.compact import CompactEncoder
from engine.backbones.interface import Backbone, require_layers
from engine.backbones.vgg16 import VGG16
from engine.backbones.vgg19 import VGG19
from engine.recipe import Recipe
from engine.weights import resolve

NETWORKS: dict[str, type[VGG19] | type[CompactEncoder]] = {
    "vgg19": VGG19,
    "vgg16": VGG16,
    "compact": CompactEncoder,
}


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
        weights: VGG19's file; None looks where `engine.weights` keeps it.
        cache: the folder to look in; None is `engine.weights.default_cache()`.
        precision_cache: a file that remembers what was measured on this machine, the
            precision and on cards XLA; without it, each process measures again.

    Raises:
        WeightsError: there is no such file, it is damaged, or lacks a layer
            that the recipe names.
    """
    # Imported here: engine.precision measures with the networks of this package.
    from engine.precision import choose, xla_pays  # noqa: PLC0415

    source = resolve(recipe.backbone, weights, cache=cache)
    dtype = choose(recipe.precision, source.path, recipe.pooling, precision_cache, network=source.network)
    compiled = xla_pays(dtype, source.path, recipe.pooling, precision_cache, network=source.network)
    backbone = NETWORKS[source.network](source.path, pooling=recipe.pooling, dtype=dtype, compiled=compiled)
    require_layers(backbone, recipe.style_layers + recipe.content_layers + recipe.patch_layers)
    return backbone
