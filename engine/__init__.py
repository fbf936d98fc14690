"""Neural style transfer as a library and a command line.

Importing this package loads no TensorFlow: its public names are imported when
they are first used.
"""

from typing import TYPE_CHECKING

from engine.lazy import lazy_names
from engine.version import __version__

if TYPE_CHECKING:
    from engine.backbones import Backbone, load_backbone
    from engine.errors import PasticheError
    from engine.imaging.images import Picture, encode, read, read_mask, read_recipe
    from engine.painting import Checkpoint, Painting, StepReport
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

__getattr__ = lazy_names(
    __name__,
    {
        "engine.backbones": ("Backbone", "load_backbone"),
        "engine.errors": ("PasticheError",),
        "engine.imaging.images": ("Picture", "encode", "read", "read_mask", "read_recipe"),
        "engine.painting": ("Checkpoint", "Painting", "StepReport"),
        "engine.recipe": ("Recipe",),
    },
)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
