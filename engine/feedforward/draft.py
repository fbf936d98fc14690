"""Drafts: any photo in any style, in one pass of the small networks that are built in.

The compact encoder computes the features of the photo and the styles. At the end
of each of its blocks the photo's features get the statistics of the styles'
(see `engine.feedforward.whitening`), and a decoder turns them into a picture.
`training.draft` trains the decoder.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from cachetools import LRUCache, cachedmethod

from engine.backbones import Array, CompactEncoder
from engine.backbones.operations import Operation, convolution
from engine.backbones.tracing import traced
from engine.errors import ImageError, RecipeError, WeightsError
from engine.feedforward.whitening import StyleStatistics, statistics, whiten_and_color
from engine.imaging.colour import keep_colours as with_photos_colours
from engine.imaging.images import resize
from engine.painting import Painting
from engine.pretrained.archive import PRETRAINED, Arrays, read_network
from engine.recipe import MAX_STYLES, Recipe
from engine.recipe.sizes import fitted_size

DECODER_FILE = PRETRAINED / "decoder.npz"

_MIN_SIDE = 32
_STYLE_SIDE = 512
"""Styles are measured at this longer side, which sets the size of their strokes in the draft."""
_CACHED_STYLES = 16
_POLISH_SIDE = 192


class Decoder:
    """Turns the features of the encoder's levels into a picture, from the coarsest level up."""

    def __init__(self, path: Path) -> None:
        """Read the decoder.

        Raises:
            WeightsError: it is missing, damaged, or another type of network.
        """
        description, arrays = read_network(path, "draft decoder")
        try:
            slope, self._offset = float(description["slope"]), float(description["offset"])
            self.levels = tuple(str(name) for name in description["levels"])
            self._blocks = [
                [_convolution(arrays, f"{part}{block}", slope) for part in ("join", "paint")]
                for block in range(len(self.levels), 0, -1)
            ]
            self._picture = _convolution(arrays, "picture", 1.0)
        except (KeyError, TypeError, ValueError) as exc:
            raise WeightsError(
                f"The network {path.name} is not a draft decoder that this version can read.",
                code="network-layout",
            ) from exc

    def __call__(self, levels: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return a picture (1, H, W, 3) in about [0, 1] from maps (1, h, w, C), the finest level first."""
        x = None
        for level, block in zip(reversed(levels), self._blocks, strict=True):
            x = level if x is None else tf.concat([_enlarged_to(x, level), level], -1)
            for operation in block:
                x = operation(x)
        return self._offset + self._picture(x)


def _convolution(arrays: Arrays, name: str, slope: float) -> Operation:
    return convolution(arrays[f"{name}/kernel"], arrays[f"{name}/bias"], tf.float32, slope=slope)


def _enlarged_to(x: tf.Tensor, level: tf.Tensor) -> tf.Tensor:
    """Enlarge a map by nearest neighbour to a level's size, which may be odd, as the encoder rounds up."""
    return tf.image.resize(x, tf.shape(level)[1:3], "nearest")


class Drafter:
    """Drafts photos in styles, with a cache of the last photo's and the last styles' features."""

    def __init__(self, encoder: CompactEncoder, decoder: Decoder) -> None:
        if encoder.levels != decoder.levels:
            raise WeightsError(
                "The decoder was made for another encoder; install Pastiche again.", code="network-mismatch"
            )
        self._encoder = encoder
        self._styles: LRUCache[bytes, list[StyleStatistics]] = LRUCache(_CACHED_STYLES)
        # People try many styles on one photo.
        self._photos: LRUCache[bytes, list[Array]] = LRUCache(1)
        image = tf.TensorSpec([1, None, None, 3], tf.float32)
        self._levels = traced(self._encode).get_concrete_function(image)
        maps = [tf.TensorSpec([1, None, None, level.shape[-1]]) for level in self._levels.outputs]
        self._decode = traced(decoder).get_concrete_function(maps)

    @classmethod
    def load(cls, encoder: Path | None = None, decoder: Path | None = None) -> Drafter:
        """Read the networks that are built in, or others.

        Raises:
            WeightsError: one is missing or damaged, or they do not belong together.
        """
        network = CompactEncoder() if encoder is None else CompactEncoder(encoder)
        return cls(network, Decoder(decoder or DECODER_FILE))

    def draft(
        self,
        content: Array,
        styles: Sequence[Array],
        *,
        weights: Sequence[float] | None = None,
        strength: float = 100.0,
        keep_colours: float = 0.0,
        size: int = 512,
        polish_steps: int = 0,
    ) -> Array:
        """Draft a photo in one to four styles.

        Args:
            content: (H, W, 3) float32 RGB in [0, 1] at any size; it is resized.
            styles: pictures like that, at least 32 px each way.
            weights: each style's share; None for equal ones.
            strength: how far to go from the photo's features to the styles', in percent.
            keep_colours: how much of the photo's own colours to keep, in percent.
            size: the longer side of the draft, in pixels.
            polish_steps: the number of steps of a small painting that starts from
                the draft, and whose changes are added to it.

        Returns:
            (h, w, 3) float32 RGB in [0, 1].

        Raises:
            ImageError: there is no style or too many, or a picture is too narrow.
            RecipeError: the weights do not fit the styles.
        """
        shares = _shares(weights, len(styles))
        photo = _fitted(content, size, "The photo")
        measured = [self._style_statistics(style) for style in styles]
        levels = [
            whiten_and_color(level, [style[index] for style in measured], shares, strength / 100)
            for index, level in enumerate(self._photo_levels(photo))
        ]
        painted = self._decode([tf.constant(level[None]) for level in levels])
        draft = np.clip(painted[0].numpy(), 0, 1)
        if polish_steps:
            draft = self._polish(draft, photo, styles, shares, polish_steps)
        return with_photos_colours(draft, photo, "luminance", keep_colours / 100)

    def _polish(
        self, draft: Array, photo: Array, styles: Sequence[Array], shares: Sequence[float], steps: int
    ) -> Array:
        """Continue the draft as a small painting, with the encoder as its network, and add the change."""
        recipe = Recipe(
            size=max(64, min(_POLISH_SIDE, max(photo.shape[:2]))),
            scales=1,
            max_steps=steps,
            start="image",
            style_weights=tuple(100 * share for share in shares),
        )
        painting = Painting.begin(photo, styles, recipe, backbone=self._encoder, start_image=draft)
        while not painting.finished:
            painting.advance()
        picture, size = painting.picture(), (draft.shape[0], draft.shape[1])
        before = resize(draft, (picture.shape[0], picture.shape[1]))
        return np.asarray(np.clip(draft + resize(picture, size) - resize(before, size), 0, 1), np.float32)

    def _encode(self, image: tf.Tensor) -> list[tf.Tensor]:
        maps = self._encoder.trunk(image, self._encoder.levels)
        return [maps[name] for name in self._encoder.levels]

    @cachedmethod(lambda self: self._photos, key=lambda _, photo: _key(photo))
    def _photo_levels(self, photo: Array) -> list[Array]:
        """Return the maps of a photo, (h, w, C) for each level."""
        return [level.numpy()[0] for level in self._levels(tf.constant(photo[None]))]

    def _style_statistics(self, style: Array) -> list[StyleStatistics]:
        return self._measure(_fitted(style, min(_STYLE_SIDE, max(style.shape[:2])), "A style"))

    @cachedmethod(lambda self: self._styles, key=lambda _, style: _key(style))
    def _measure(self, style: Array) -> list[StyleStatistics]:
        """Return the statistics of a style's maps, for each level."""
        return [statistics(level.numpy()[0]) for level in self._levels(tf.constant(style[None]))]


@functools.cache
def built_in_drafter() -> Drafter:
    """Return the drafter with the built-in networks, opened once in each process.

    Raises:
        WeightsError: one of them is missing or damaged.
    """
    return Drafter.load()


def _key(picture: Array) -> bytes:
    """Return a hash of a picture, for the caches."""
    return hashlib.blake2b(picture.tobytes(), digest_size=16).digest() + bytes(str(picture.shape), "ascii")


def _fitted(picture: Array, side: int, name: str) -> Array:
    """Resize a picture to this longer side, with values in [0, 1]."""
    size = fitted_size((picture.shape[0], picture.shape[1]), side)
    if min(size) < _MIN_SIDE:
        raise ImageError(
            f"{name} is too narrow for a draft: its shorter side would have {min(size)} px, "
            f"and at least {_MIN_SIDE} are needed.",
            code="picture-too-narrow",
        )
    return np.clip(resize(picture, size), 0, 1)


def _shares(weights: Sequence[float] | None, styles: int) -> list[float]:
    if not 1 <= styles <= MAX_STYLES:
        raise ImageError(f"There must be 1 to {MAX_STYLES} styles, not {styles}.", code="style-count")
    values = [1.0] * styles if weights is None else [float(weight) for weight in weights]
    if len(values) != styles:
        raise RecipeError(
            "style_weights",
            f"There are {len(values)} style weights for {styles} styles; give one for each.",
            code="weight-count",
        )
    if min(values) < 0 or sum(values) <= 0:
        raise RecipeError(
            "style_weights",
            "Style weights must be 0 or more, and at least one of them more than 0.",
            code="all-zero",
        )
    return [value / sum(values) for value in values]
