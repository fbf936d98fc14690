"""Prints: how many pixels a painting needs for a sheet of paper. Loads no TensorFlow."""

from __future__ import annotations

from engine.recipe import Recipe
from engine.recipe.sizes import fitted_size

DPI = 300
"""The resolution of a print in dots per inch, stored in its file."""
CM_PER_INCH = 2.54
SHEETS_CM = {"A5": (21.0, 14.8), "A4": (29.7, 21.0), "A3": (42.0, 29.7), "square": (30.0, 30.0)}
"""The longer and the shorter side of each sheet; a painting keeps its shape and fits inside."""


def is_print(recipe: Recipe) -> bool:
    """Return whether a recipe is for paper."""
    return recipe.paper != "none"


def longer_side(recipe: Recipe, content_size: tuple[int, int]) -> int:
    """Return the painting's longer side in pixels, for a photo of (height, width)."""
    if not is_print(recipe):
        return recipe.size
    cm = recipe.paper_cm
    if recipe.paper in SHEETS_CM:
        longer, shorter = SHEETS_CM[recipe.paper]
        cm = min(longer, shorter * max(content_size) / min(content_size))
    side = round(cm / CM_PER_INCH * DPI)
    # A photo already resized for this print may be a pixel off from rounding; keep its size.
    return max(content_size) if abs(max(content_size) - side) <= 1 else side


def result_size(recipe: Recipe, content_size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) of the painting for a photo of (height, width)."""
    return fitted_size(content_size, longer_side(recipe, content_size))


def result_dpi(recipe: Recipe, photo_dpi: float | None) -> float | None:
    """Return the dots per inch to store in the painting: those of a print, else those of the photo."""
    return float(DPI) if is_print(recipe) else photo_dpi
