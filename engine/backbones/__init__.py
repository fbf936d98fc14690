"""Networks whose features are compared, behind one interface."""

from engine.backbones.compact import CompactEncoder
from engine.backbones.interface import Array, Backbone, require_layers
from engine.backbones.loading import load_backbone
from engine.backbones.operations import average_pool, max_pool
from engine.backbones.vgg import VGG16, VGG19

__all__ = [
    "VGG16",
    "VGG19",
    "Array",
    "Backbone",
    "CompactEncoder",
    "average_pool",
    "load_backbone",
    "max_pool",
    "require_layers",
]
