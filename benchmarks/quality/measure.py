"""Measure a painting of one photo in one style, relative to the photo itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks import bench
from benchmarks.quality.metrics import (
    Array,
    hellinger,
    rgb_uv_histogram,
    sliced_wasserstein,
    structural_distance,
)
from engine import Recipe
from engine.backbones import Backbone
from engine.imaging import images
from engine.quiet import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow as tf

STYLE_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv3")
"""Between the layers that the losses compare, so that none of them is optimised."""
STRUCTURE_LAYER = "block3_conv1"
COLOUR_SIDE = 150
"""The longer side in pixels at which HistoGAN compares colours."""


class Extractor:
    """VGG19 in float32, whichever network painted."""

    def __init__(self) -> None:
        self._backbone: Backbone = bench.network(Recipe(backbone="vgg19", precision="float32"))
        self._features = tf.function(
            lambda image: self._backbone.features(image, (*STYLE_LAYERS, STRUCTURE_LAYER)),
            input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)],
            autograph=False,
        )

    def features(self, picture: Array) -> dict[str, Array]:
        """Return the feature maps, (h, w, C) each, of a picture, (H, W, 3) RGB in [0, 1]."""
        maps = self._features(tf.constant(picture[None]))
        return {layer: np.asarray(features[0]) for layer, features in maps.items()}


@dataclass(frozen=True)
class Described:
    """What is compared of a picture."""

    features: dict[str, Array]
    colours: Array

    @classmethod
    def of(cls, picture: Array, extractor: Extractor) -> Described:
        """Describe a picture, (H, W, 3) RGB in [0, 1]."""
        colours = rgb_uv_histogram(images.fit(picture, COLOUR_SIDE))
        return cls(extractor.features(picture), colours)


class Reference:
    """A photo and a style at the size of the paintings that are measured against them.

    Args:
        photo: (H, W, 3) RGB in [0, 1], any size.
        style: (H, W, 3) RGB in [0, 1], any size; its strokes have the size of a painting at 100 %.
        size: (height, width) of the paintings.
        extractor: VGG19.
    """

    def __init__(self, photo: Array, style: Array, size: tuple[int, int], extractor: Extractor) -> None:
        self._extractor = extractor
        self._size = size
        self._photo = Described.of(images.resize(photo, size), extractor)
        self._style = Described.of(images.fit(style, max(size)), extractor)
        self._photo_distances = self._style_distances(self._photo)
        self._photo_colour_distance = hellinger(self._photo.colours, self._style.colours)

    def scores(self, painting: Array) -> dict[str, float]:
        """Measure a painting; lower is better.

        Returns:
            swd: the sliced Wasserstein distance to the style, as a share of the photo's: 1 for the photo,
                0 for the style; the mean of three layers.
            cfsd: the structural distance to the photo in nats: 0 for the photo.
            rgb_uv: the distance of the colours to the style's, as a share of the photo's.

        Raises:
            ValueError: the painting has another size than the reference.
        """
        if painting.shape[:2] != self._size:
            raise ValueError(f"The painting is {painting.shape[:2]}, its reference {self._size}.")
        described = Described.of(painting, self._extractor)
        layers = zip(self._style_distances(described), self._photo_distances, strict=True)
        scores: dict[str, float] = {
            "swd": float(np.mean([painted / unpainted for painted, unpainted in layers])),
            "cfsd": structural_distance(
                self._photo.features[STRUCTURE_LAYER], described.features[STRUCTURE_LAYER]
            ),
            "rgb_uv": hellinger(described.colours, self._style.colours) / self._photo_colour_distance,
        }
        return {name: round(score, 4) for name, score in scores.items()}

    def _style_distances(self, picture: Described) -> list[float]:
        """Return the distance of a picture's features to the style's at each layer."""
        return [
            sliced_wasserstein(picture.features[layer], self._style.features[layer]) for layer in STYLE_LAYERS
        ]
