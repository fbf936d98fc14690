"""The networks that a recipe can name, by that name."""

from __future__ import annotations

from engine.backbones.compact import CompactEncoder
from engine.backbones.vgg import VGG16, VGG19

NETWORKS: dict[str, type[VGG19] | type[CompactEncoder]] = {
    "vgg19": VGG19,
    "vgg16": VGG16,
    "compact": CompactEncoder,
}
