"""The brushes that the studio brings along: styles that paint at once, shown by what they make of a scene."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from app.http.assets import ROOT
from engine.imaging import images
from engine.recipe.feedforward_styles import built_in_styles

_FOLDER = ROOT / "static" / "instant-styles"


@dataclass(frozen=True)
class FeedforwardStyle:
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
        return f"instant-styles/{self.name}.webp"


@functools.cache
def feedforward_styles() -> tuple[FeedforwardStyle, ...]:
    """List the brushes that have a picture, in the order of the wall."""
    found = []
    for shipped in built_in_styles():
        path = _FOLDER / f"{shipped.name}.webp"
        if path.exists():
            height, width = images.read(path).size
            found.append(FeedforwardStyle(shipped.name, shipped.title, width, height))
    return tuple(found)


def feedforward_style(name: str) -> FeedforwardStyle | None:
    """Find a brush."""
    return next((found for found in feedforward_styles() if found.name == name), None)
