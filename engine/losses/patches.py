"""The patch loss: each 3x3 patch of the painting's features is drawn to its like in the style.

Li & Wand 2016, "Combining Markov Random Fields and Convolutional Neural
Networks for Image Synthesis", arXiv:1601.04589: equations 2 and 3. Departures:

- While matches are held, the sum of |patch - match|^2 over overlapping patches
  equals a weighted squared distance between the map and the mean of the matches that
  cover each position, plus what no picture can change. So a step costs no more
  than a content loss; matches are renewed every few steps.
- Of large styles a seeded sample of at most `MOST_PATCHES` is searched.
- The loss is relative to the energy of the patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from engine.backbones import Array

MOST_PATCHES = 4096
_SCORES_BYTES = 64 * 2**20
"""The memory that one batch of comparisons may take."""


class PatchBank(NamedTuple):
    """A style's patches at one layer: (Q, 9 C) float32."""

    patches: tf.Tensor

    @classmethod
    def of(cls, maps: Sequence[tf.Tensor], seed: int) -> PatchBank:
        """Collect the 3x3 patches of maps, each (1, h, w, C); a seeded sample if there are many."""
        found = tf.concat([_patches(features) for features in maps], 0)
        if found.shape[0] > MOST_PATCHES:
            order = np.random.default_rng(seed).permutation(found.shape[0])[:MOST_PATCHES]
            found = tf.gather(found, np.sort(order))
        return cls(found)

    @classmethod
    def mixed(cls, banks: Sequence[PatchBank], shares: Array) -> PatchBank:
        """Join several styles' patches, each with a part of its own in proportion to its share."""
        if len(banks) == 1:
            return banks[0]
        kept = [
            bank.patches[:: max(1, round(float(shares.max() / share)))]
            for bank, share in zip(banks, shares, strict=True)
            if share > 0
        ]
        return cls(tf.concat(kept or [banks[0].patches], 0))


class PatchTarget(NamedTuple):
    """What matched patches ask of a map, in the form of `losses.feature_loss`.

    Attributes:
        features: (1, h, w, C), the mean of the matches that cover each position.
        weight: (1, h, w, 1) float32, how many do, scaled to a mean over patches.
        energy: () float32, the mean square of the style's patches.
        constant: () float32, the part of the loss that no picture changes until
            the matches are renewed.
    """

    features: tf.Tensor
    weight: tf.Tensor
    energy: tf.Tensor
    constant: tf.Tensor


def holds_patches(features: tf.Tensor) -> bool:
    """Tell whether a map, (1, h, w, C), is large enough for a patch."""
    return bool(min(features.shape[1:3]) >= 3)


def match(
    features: tf.Tensor,
    banks: Sequence[PatchBank],
    masks: Sequence[tf.Tensor],
    shares: Sequence[float] = (1.0,),
) -> PatchTarget:
    """Find each patch's like by normalised cross-correlation, and what they ask together.

    Args:
        features: (1, h, w, C) of the painting, at least 3x3.
        banks: one for each region.
        masks: (1, h, w, 1) for each region, or none when one region is everything.
        shares: each region's weight, of which the greatest is 1.
    """
    _, height, width, channels = features.shape
    patches = _patches(features)
    wanted = tf.zeros([height, width, channels])
    cover = tf.zeros([height, width, 1])
    squares = tf.zeros([])
    for region, (bank, share) in enumerate(zip(banks, shares, strict=True)):
        found = tf.gather(bank.patches, nearest(patches, bank.patches))
        say = masks[region][0, 1:-1, 1:-1] if masks else tf.ones([height - 2, width - 2, 1])
        say *= share
        found = tf.reshape(found, [height - 2, width - 2, 9, channels])
        wanted += _fold_patches(found * say[..., None])
        cover += _fold_patches(tf.repeat(say[..., None], 9, axis=2))
        squares += tf.reduce_sum(tf.square(found) * say[..., None])
    mean = wanted / tf.maximum(cover, 1e-6)
    count = float((height - 2) * (width - 2) * 9)
    energies = [
        tf.reduce_mean(tf.square(bank.patches)) * share for bank, share in zip(banks, shares, strict=True)
    ]
    energy = tf.add_n(energies) / sum(shares) + 1e-12
    constant = (squares - tf.reduce_sum(cover * tf.square(mean))) / (count * channels) / energy
    weight = cover * (height * width / count)
    return PatchTarget(tf.cast(mean[None], features.dtype), weight[None], energy, tf.maximum(constant, 0.0))


def nearest(patches: tf.Tensor, bank: tf.Tensor) -> tf.Tensor:
    """Return for each patch the place of the one with the greatest cosine, in batches that fit memory.

    Args:
        patches: (P, K) float32.
        bank: (Q, K) float32.

    Returns:
        (P,) int64.
    """
    directions = tf.math.l2_normalize(bank, axis=1)
    rows = max(1, _SCORES_BYTES // (4 * bank.shape[0]))
    # A patch's own length does not change which of the bank is most like it.
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
    cut = tf.image.extract_patches(features, [1, 3, 3, 1], [1] * 4, [1] * 4, "VALID")
    return tf.reshape(cut, [-1, 9 * features.shape[-1]])


def _fold_patches(patches: tf.Tensor) -> tf.Tensor:
    """Add patches (h - 2, w - 2, 9, C) up where they were cut from: (h, w, C)."""
    return tf.add_n(
        [
            tf.pad(patches[:, :, 3 * row + column], [[row, 2 - row], [column, 2 - column], [0, 0]])
            for row in range(3)
            for column in range(3)
        ]
    )
