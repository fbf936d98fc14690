"""The brushes that the studio brings along: styles that paint at once, shown by what they make of a scene."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from app.http.assets import ROOT
from engine.imaging import images
from engine.recipe.feedforward_styles import shipped_brushes

_FOLDER = ROOT / "static" / "brushes"


@dataclass(frozen=True)
class Brush:
    """A trained style.

    Attributes:
        name: what a recipe calls it.
        title: what people call it.
        width: of the picture that shows it.
    """

    name: str
    title: str
    width: int
    height: int

    @property
    def picture(self) -> str:
        """Its picture, below the folder of our own files."""
        return f"brushes/{self.name}.webp"


@functools.cache
def brushes() -> tuple[Brush, ...]:
    """List the brushes that have a picture, in the order of the wall."""
    found = []
    for shipped in shipped_brushes():
        path = _FOLDER / f"{shipped.name}.webp"
        if path.exists():
            height, width = images.read(path).size
            found.append(Brush(shipped.name, shipped.title, width, height))
    return tuple(found)


def brush(name: str) -> Brush | None:
    """Find a brush."""
    return next((found for found in brushes() if found.name == name), None)
