"""VGG16, read from a file in the layout of Keras's own weights.

Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D: VGG19 without the
last convolution of its three upper blocks. Fewer layers, so a step is a little
quicker; the departures for painting are those of `engine.backbones.vgg19`.
"""

from __future__ import annotations

from engine.backbones.vgg19 import VGG19
from engine.recipe import VGG16_LAYERS


class VGG16(VGG19):
    """VGG16 up to the last layer that its file holds; its layers keep VGG19's names."""

    name = "vgg16"
    known = VGG16_LAYERS
