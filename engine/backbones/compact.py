"""The compact network that ships: narrow, and taught to return VGG19's own features.

A trunk of 3x3 convolutions over reflected borders, each followed by a leaky
ReLU, halved by max pooling. At four places a tap, a convolution and a ReLU,
leads from it to the channels of VGG19's layer; so its features serve every loss
that VGG19's do. It is made by `training.distill`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from engine.backbones.devices import take_memory_as_needed
from engine.backbones.interface import Part, require_layers
from engine.backbones.memory import keep_freed_memory
from engine.backbones.operations import average_pool, convolution, max_pool
from engine.backbones.weights import COMPACT_FILE
from engine.errors import WeightsError
from engine.pretrained.archive import read_network


class CompactEncoder:
    """The compact network.

    Attributes:
        name: "compact".
        layers: the layers of VGG19 that it returns, from the picture upwards.
        levels: the ends of its trunk's blocks, from the picture upwards; see `trunk`.
        dtype: what it computes in.
        compiled: see `Backbone`.
    """

    name = "compact"

    def __init__(
        self,
        weights: Path = COMPACT_FILE,
        *,
        pooling: str = "max",
        dtype: tf.DType = tf.float32,
        compiled: bool = False,
    ) -> None:
        keep_freed_memory()
        take_memory_as_needed()
        self.dtype = dtype
        self.compiled = compiled
        self._pool = max_pool if pooling == "max" else average_pool
        description, arrays = read_network(weights, "compact encoder")
        try:
            slope, self._taken = float(description["slope"]), dict(description["taps"])
            self._blocks = [
                [f"trunk{block}_{index}" for index in range(1, len(widths) + 1)]
                for block, widths in enumerate(description["widths"], start=1)
            ]
            self._trunk = {
                name: convolution(arrays[f"{name}/kernel"], arrays[f"{name}/bias"], dtype, slope=slope)
                for names in self._blocks
                for name in names
            }
            self._edges = {name: len(arrays[f"{name}/kernel"]) // 2 for name in self._trunk}
            self._edges |= {
                layer: len(arrays[f"tap{block}/kernel"]) // 2
                for block, layer in enumerate(self._taken, start=1)
            }
            self._taps = {
                layer: convolution(arrays[f"tap{block}/kernel"], arrays[f"tap{block}/bias"], dtype)
                for block, layer in enumerate(self._taken, start=1)
            }
        except (KeyError, TypeError, ValueError, IndexError) as exc:
            raise WeightsError(
                f"The network {weights.name} is not a compact encoder as known here.", code="network-layout"
            ) from exc
        self.layers = tuple(self._taken)
        self.levels = tuple(names[-1] for names in self._blocks)

    def features(
        self, image: tf.Tensor, layers: Sequence[str], part: Part | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the maps after each named layer's ReLU: see `Backbone.features`."""
        require_layers(self, layers)
        maps = self.trunk(image, [self._taken[layer] for layer in layers])
        return {layer: self._tapped(layer, maps[self._taken[layer]], part) for layer in layers}

    def _tapped(self, layer: str, maps: tf.Tensor, part: Part | None) -> tf.Tensor:
        if part is None:
            return self._taps[layer](maps)
        if self._edges[layer]:
            return part(layer, self._taps[layer](maps))
        # A tap that looks at one position has nothing to do with those that are cut off.
        return self._taps[layer](part(layer, maps))

    def receptive_radius(self, layer: str) -> int:
        """Return how far a position sees: through the trunk below its tap, and the tap itself."""
        end, seen = self._taken[layer].removesuffix("/in"), 0
        for block, names in enumerate(self._blocks):
            for name in names:
                if name != end or not self._taken[layer].endswith("/in"):
                    seen += self._edges[name] << block
                if name == end:
                    return seen + (self._edges[layer] << block)
        raise KeyError(layer)

    def trunk(self, image: tf.Tensor, places: Sequence[str]) -> dict[str, tf.Tensor]:
        """Return maps of the trunk.

        Args:
            image: (B, H, W, 3) float32 RGB in [0, 1].
            places: names of its convolutions, "trunk2_1" for the map after
                that one, "trunk2_1/in" for the map before.
        """
        wanted = set(places)
        found: dict[str, tf.Tensor] = {}
        x = tf.cast(image, self.dtype)
        for block, names in enumerate(self._blocks):
            x = self._pool(x) if block and found.keys() != wanted else x
            for name in names:
                if f"{name}/in" in wanted:
                    found[f"{name}/in"] = x
                if found.keys() == wanted:
                    return found
                x = self._trunk[name](x)
                if name in wanted:
                    found[name] = x
        return found
