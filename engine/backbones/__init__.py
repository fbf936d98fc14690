"""The networks whose feature maps the losses compare, behind one interface.

Importing this package loads no TensorFlow, so that a process can look for weights without it.
"""

from typing import TYPE_CHECKING

from engine.lazy import lazy_names

if TYPE_CHECKING:
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

__getattr__ = lazy_names(
    __name__,
    {
        "engine.backbones.compact": ("CompactEncoder",),
        "engine.backbones.interface": ("Array", "Backbone", "require_layers"),
        "engine.backbones.loading": ("load_backbone",),
        "engine.backbones.operations": ("average_pool", "max_pool"),
        "engine.backbones.vgg": ("VGG16", "VGG19"),
    },
)
