"""The choices that determine a painting, and what can be computed from them alone. Loads no TensorFlow."""

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
