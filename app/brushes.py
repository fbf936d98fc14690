"""The brushes that the studio brings along: styles that paint at once, shown by what they make of a scene."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

from app.assets import ROOT

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
    """List the brushes in the order of the wall; none where none were trained."""
    index = _FOLDER / "brushes.json"
    if not index.exists():
        return ()
    return tuple(Brush(**item) for item in json.loads(index.read_text()))


def brush(name: str) -> Brush | None:
    """Find a brush."""
    return next((found for found in brushes() if found.name == name), None)
