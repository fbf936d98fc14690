"""The built-in one-pass styles, each shown by a sample of what it paints."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from app.http.assets import ROOT
from engine.imaging import images
from engine.recipe.feedforward_styles import built_in_styles

_FOLDER = ROOT / "static" / "instant-styles"


@dataclass(frozen=True)
class FeedforwardStyle:
    """A one-pass style.

    Attributes:
        name: its name in a recipe.
        title: its name for people.
        width: of its sample picture, in pixels.
    """

    name: str
    title: str
    width: int
    height: int

    @property
    def picture(self) -> str:
        """The path of its sample picture in the static folder."""
        return f"instant-styles/{self.name}.webp"


@functools.cache
def feedforward_styles() -> tuple[FeedforwardStyle, ...]:
    """List the one-pass styles that have a sample picture, in the order of the page."""
    styles = []
    for shipped in built_in_styles():
        path = _FOLDER / f"{shipped.name}.webp"
        if path.exists():
            height, width = images.read(path).size
            styles.append(FeedforwardStyle(shipped.name, shipped.title, width, height))
    return tuple(styles)


def feedforward_style(name: str) -> FeedforwardStyle | None:
    """Return the one-pass style of a name, or None."""
    return next((style for style in feedforward_styles() if style.name == name), None)
