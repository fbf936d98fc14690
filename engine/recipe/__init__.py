"""Every choice that determines a painting, and what follows from it alone. Loads no TensorFlow."""

from engine.recipe.recipe import (
    MAX_STYLES,
    RENAMED_FIELDS,
    VERSION,
    VGG16_LAYERS,
    VGG19_LAYERS,
    Recipe,
    knobs,
    with_current_names,
)

__all__ = [
    "MAX_STYLES",
    "RENAMED_FIELDS",
    "VERSION",
    "VGG16_LAYERS",
    "VGG19_LAYERS",
    "Recipe",
    "knobs",
    "with_current_names",
]
