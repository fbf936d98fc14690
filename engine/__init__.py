"""How a picture is painted: neural style transfer as a library and a command line.

Importing this package loads no TensorFlow: its public names are handed on
when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.version import __version__

if TYPE_CHECKING:
    from engine.backbones import Backbone, load_backbone
    from engine.errors import PasticheError
    from engine.imaging.images import Picture, encode, read, read_mask, read_recipe
    from engine.painting import Painting, StepReport
    from engine.painting.checkpoint import Checkpoint
    from engine.recipe import Recipe

__all__ = [
    "Backbone",
    "Checkpoint",
    "Painting",
    "PasticheError",
    "Picture",
    "Recipe",
    "StepReport",
    "__version__",
    "encode",
    "load_backbone",
    "read",
    "read_mask",
    "read_recipe",
]

_HOMES = {
    "engine.backbones": ("Backbone", "load_backbone"),
    "engine.painting.checkpoint": ("Checkpoint",),
    "engine.errors": ("PasticheError",),
    "engine.imaging.images": ("Picture", "encode", "read", "read_mask", "read_recipe"),
    "engine.painting": ("StepReport", "Painting"),
    "engine.recipe": ("Recipe",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
