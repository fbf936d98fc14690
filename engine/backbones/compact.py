"""The built-in compact network: narrow, and trained to return the feature maps of VGG19.

A trunk of 3x3 convolutions with reflected borders, each followed by a leaky
ReLU, is halved by max pooling between blocks. At four places a tap (a convolution
and a ReLU) maps the trunk to the channels of a layer of VGG19, so every loss
that works on VGG19's features works on these. `training.distill` trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from engine.backbones.devices import enable_memory_growth
from engine.backbones.interface import Crop, require_layers
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
        levels: the last convolution of each block of the trunk, from the picture
            upwards; see `trunk`.
        dtype: the type it computes in.
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
        enable_memory_growth()
        self.dtype = dtype
        self.compiled = compiled
        self._pool = max_pool if pooling == "max" else average_pool
        description, arrays = read_network(weights, "compact encoder")
        try:
            slope, self._tap_inputs = float(description["slope"]), dict(description["taps"])
            self._blocks = [
                [f"trunk{block}_{index}" for index in range(1, len(widths) + 1)]
                for block, widths in enumerate(description["widths"], start=1)
            ]
            self._trunk = {
                name: convolution(arrays[f"{name}/kernel"], arrays[f"{name}/bias"], dtype, slope=slope)
                for names in self._blocks
                for name in names
            }
            self._radii = {name: len(arrays[f"{name}/kernel"]) // 2 for name in self._trunk}
            self._radii |= {
                layer: len(arrays[f"tap{block}/kernel"]) // 2
                for block, layer in enumerate(self._tap_inputs, start=1)
            }
            self._taps = {
                layer: convolution(arrays[f"tap{block}/kernel"], arrays[f"tap{block}/bias"], dtype)
                for block, layer in enumerate(self._tap_inputs, start=1)
            }
        except (KeyError, TypeError, ValueError, IndexError) as exc:
            raise WeightsError(
                f"The network {weights.name} is not laid out like a compact encoder.",
                code="network-layout",
            ) from exc
        self.layers = tuple(self._tap_inputs)
        self.levels = tuple(names[-1] for names in self._blocks)

    def features(
        self, image: tf.Tensor, layers: Sequence[str], crop: Crop | None = None
    ) -> dict[str, tf.Tensor]:
        """Return the maps after each named layer's ReLU: see `Backbone.features`."""
        require_layers(self, layers)
        maps = self.trunk(image, [self._tap_inputs[layer] for layer in layers])
        return {layer: self._apply_tap(layer, maps[self._tap_inputs[layer]], crop) for layer in layers}

    def _apply_tap(self, layer: str, maps: tf.Tensor, crop: Crop | None) -> tf.Tensor:
        if crop is None:
            return self._taps[layer](maps)
        if self._radii[layer]:
            return crop(layer, self._taps[layer](maps))
        # A 1x1 tap does not look at its neighbours, so crop first and compute less.
        return self._taps[layer](crop(layer, maps))

    def receptive_radius(self, layer: str) -> int:
        """Return the radius in pixels, through the trunk below the layer's tap and the tap itself."""
        end, radius = self._tap_inputs[layer].removesuffix("/in"), 0
        for block, names in enumerate(self._blocks):
            for name in names:
                if name != end or not self._tap_inputs[layer].endswith("/in"):
                    radius += self._radii[name] << block
                if name == end:
                    return radius + (self._radii[layer] << block)
        raise KeyError(layer)

    def trunk(self, image: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        """Return feature maps of the trunk by name.

        Args:
            image: (B, H, W, 3) float32 RGB in [0, 1].
            names: "trunk2_1" for the map after that convolution, "trunk2_1/in" for the
                map before it.
        """
        wanted = set(names)
        found: dict[str, tf.Tensor] = {}
        x = tf.cast(image, self.dtype)
        for block, convolutions in enumerate(self._blocks):
            x = self._pool(x) if block and found.keys() != wanted else x
            for name in convolutions:
                if f"{name}/in" in wanted:
                    found[f"{name}/in"] = x
                if found.keys() == wanted:
                    return found
                x = self._trunk[name](x)
                if name in wanted:
                    found[name] = x
        return found
