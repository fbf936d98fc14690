"""The patch loss, which pulls each 3x3 patch of the painting's features to the most similar one of the style.

Li & Wand 2016, "Combining Markov Random Fields and Convolutional Neural
Networks for Image Synthesis", arXiv:1601.04589: equations 2 and 3. Departures:

- As long as the matches stay the same, the sum of |patch - match|^2 over
  overlapping patches equals a weighted squared distance between the map and the
  mean of the matches that cover each position, plus a constant that no picture
  can change. So a step costs no more than a content loss. Patches are matched
  again every few steps.
- A large style is searched by a seeded sample of at most `MAX_PATCHES` patches.
- The loss is relative to the energy of the patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.losses.content import feature_loss
from engine.losses.layers import LayerWeights, patch_layers
from engine.losses.loss import Loss, Maps, Part, Scene, Target
from engine.losses.regions import style_mix
from engine.recipe import Recipe
from engine.recipe.scales import StepLimits

_MATCH_EVERY = 10
"""Patches are matched again after this many steps."""
MAX_PATCHES = 4096
_SCORES_BYTES = 64 * 2**20
"""The memory that one batch of similarity scores may take."""


class PatchBank(NamedTuple):
    """A style's patches at one layer: (Q, 9 C) float32."""

    patches: tf.Tensor

    @classmethod
    def of(cls, maps: Sequence[tf.Tensor], seed: int) -> PatchBank:
        """Collect the 3x3 patches of maps, each (1, h, w, C); a seeded sample if there are many."""
        patches = tf.concat([_patches(features) for features in maps], 0)
        if patches.shape[0] > MAX_PATCHES:
            sample = np.random.default_rng(seed).permutation(patches.shape[0])[:MAX_PATCHES]
            patches = tf.gather(patches, np.sort(sample))
        return cls(patches)

    @classmethod
    def mix(cls, banks: Sequence[PatchBank], shares: Array) -> PatchBank:
        """Join the patches of several styles, of each a part that is proportional to its share."""
        if len(banks) == 1:
            return banks[0]
        samples = [
            bank.patches[:: max(1, round(float(shares.max() / share)))]
            for bank, share in zip(banks, shares, strict=True)
            if share > 0
        ]
        return cls(tf.concat(samples or [banks[0].patches], 0))


class PatchTarget(NamedTuple):
    """What a layer's map is compared with, once patches are matched, as `content.feature_loss` takes it.

    Attributes:
        features: (1, h, w, C), the mean of the matches that cover each position.
        weight: (1, h, w, 1) float32, how many matches cover it, scaled to a mean over patches.
        energy: () float32, the mean square of the style's patches.
        constant: () float32, the part of the loss that no picture changes until
            patches are matched again.
    """

    features: tf.Tensor
    weight: tf.Tensor
    energy: tf.Tensor
    constant: tf.Tensor


def holds_patches(size: Sequence[int]) -> bool:
    """Return whether a map of (height, width) is large enough for a patch."""
    return min(size) >= 3


def match(
    features: tf.Tensor,
    banks: Sequence[PatchBank],
    masks: Sequence[tf.Tensor],
    shares: Sequence[float] = (1.0,),
) -> PatchTarget:
    """Match each patch by normalised cross-correlation, and combine the matches into one target.

    Args:
        features: (1, h, w, C) of the painting, at least 3x3.
        banks: one for each region.
        masks: (1, h, w, 1) for each region, or none if one region covers the picture.
        shares: each region's weight, of which the greatest is 1.
    """
    _, height, width, channels = features.shape
    patches = _patches(features)
    weighted_sum = tf.zeros([height, width, channels])
    coverage = tf.zeros([height, width, 1])
    squares = tf.zeros([])
    for region, (bank, share) in enumerate(zip(banks, shares, strict=True)):
        matches = tf.gather(bank.patches, nearest(patches, bank.patches))
        # A patch has the weight of the position at its centre.
        weights = masks[region][0, 1:-1, 1:-1] if masks else tf.ones([height - 2, width - 2, 1])
        weights *= share
        matches = tf.reshape(matches, [height - 2, width - 2, 9, channels])
        weighted_sum += _fold_patches(matches * weights[..., None])
        coverage += _fold_patches(tf.repeat(weights[..., None], 9, axis=2))
        squares += tf.reduce_sum(tf.square(matches) * weights[..., None])
    mean = weighted_sum / tf.maximum(coverage, 1e-6)
    count = float((height - 2) * (width - 2) * 9)
    energies = [
        tf.reduce_mean(tf.square(bank.patches)) * share for bank, share in zip(banks, shares, strict=True)
    ]
    energy = tf.add_n(energies) / sum(shares) + 1e-12
    constant = (squares - tf.reduce_sum(coverage * tf.square(mean))) / (count * channels) / energy
    weight = coverage * (height * width / count)
    return PatchTarget(tf.cast(mean[None], features.dtype), weight[None], energy, tf.maximum(constant, 0.0))


def nearest(patches: tf.Tensor, bank: tf.Tensor) -> tf.Tensor:
    """Return for each patch the index of the one with the greatest cosine, in batches that fit memory.

    Args:
        patches: (P, K) float32.
        bank: (Q, K) float32.

    Returns:
        (P,) int64.
    """
    directions = tf.math.l2_normalize(bank, axis=1)
    rows = max(1, _SCORES_BYTES // (4 * bank.shape[0]))
    # The length of a patch does not change which of the bank is most similar to it.
    return tf.concat(
        [
            tf.argmax(tf.matmul(patches[start : start + rows], directions, transpose_b=True), axis=1)
            for start in range(0, patches.shape[0], rows)
        ],
        0,
    )


def _patches(features: tf.Tensor) -> tf.Tensor:
    """Cut a map into its overlapping 3x3 patches, (P, 9 C) float32, offset by offset."""
    features = tf.cast(features, tf.float32)
    patches = tf.image.extract_patches(features, [1, 3, 3, 1], [1] * 4, [1] * 4, "VALID")
    return tf.reshape(patches, [-1, 9 * features.shape[-1]])


def _fold_patches(patches: tf.Tensor) -> tf.Tensor:
    """Add patches (h - 2, w - 2, 9, C) up at the places that they were cut from: (h, w, C)."""
    return tf.add_n(
        [
            tf.pad(patches[:, :, 3 * row + column], [[row, 2 - row], [column, 2 - column], [0, 0]])
            for row in range(3)
            for column in range(3)
        ]
    )


class PatchLoss(Loss):
    """The style loss of Li & Wand.

    A layer is left out if the map of the photo or of a style is too small for a
    patch there, as that of a high layer is at a coarse scale. Pictures in tiles
    are not compared: matching their patches would cost more than everything
    else, and the coarse scales have already done what patches are for.
    """

    name = "patch"
    role = "style"
    scale = 0.15
    """Matched patches never agree as well as Gram matrices do. Their relative loss stays about ten
    times as large, and would drown out the photo at equal weight."""
    in_tiles = False

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._style_maps: list[dict[str, list[tf.Tensor]]] = [{} for _ in range(scene.styles)]

    @classmethod
    def share(cls, recipe: Recipe) -> float:
        return recipe.patch_share / 100

    @classmethod
    def choose_layers(cls, recipe: Recipe, backbone: Backbone) -> LayerWeights:
        return patch_layers(recipe, backbone)

    @property
    def matched_layers(self) -> tuple[str, ...]:
        """The layers at which the photo and all the styles have patches."""
        fits = [layer for layer in self.layers if holds_patches(self.scene.map_size(layer))]
        return tuple(layer for layer in fits if all(layer in banks for banks in self._banks))

    def is_match_due(self, step: int, limits: StepLimits) -> bool:
        return step % _MATCH_EVERY == 0

    def add_style(self, style: int, maps: Maps, share: float) -> None:
        for layer in self.layers:
            if holds_patches(maps[layer].shape[1:3]):
                self._style_maps[style].setdefault(layer, []).append(maps[layer])

    @cached_property
    def _banks(self) -> list[dict[str, PatchBank]]:
        seed = self.scene.recipe.seed
        banks = [
            {layer: PatchBank.of(maps, seed) for layer, maps in each.items()} for each in self._style_maps
        ]
        self._style_maps.clear()
        return banks

    def target(self, recipe: Recipe, photo: Maps, painting: Part | None) -> Target:
        if painting is None:
            return {}
        mix = style_mix(recipe, self.scene.styles)
        groups = [list(region.styles) for region in self.scene.regions]
        shares = [float(mix[styles].max() / mix.max()) for styles in groups]
        return {
            layer: match(
                maps,
                [PatchBank.mix([self._banks[i][layer] for i in styles], mix[styles]) for styles in groups],
                list(self.scene.region_masks(layer)[:, None]),
                shares,
            )
            for layer, maps in painting.maps.items()
        }

    @staticmethod
    def sums(part: Part, target: Target) -> dict[str, tf.Tensor]:
        return {
            layer: feature_loss(part.maps[layer], each.features, each.weight, each.energy) + each.constant
            for layer, each in target.items()
        }

    @staticmethod
    def value(sums: dict[str, tf.Tensor], target: Target) -> tf.Tensor:
        return tf.add_n([sums[layer] for layer in target]) / len(target)


LOSS = PatchLoss
