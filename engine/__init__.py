"""How a picture is painted: neural style transfer as a library and a command line.

Importing this package loads no TensorFlow: its public names are handed on
when they are first asked for.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Recipe": "engine.recipe",
    "PasticheError": "engine.errors",
    "Picture": "engine.images",
    "Painting": "engine.painting",
    "Checkpoint": "engine.painting",
    "load_backbone": "engine.backbones",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
