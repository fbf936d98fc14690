"""The one-pass styles that come with Pastiche, by name. Loads no TensorFlow."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from engine.errors import WeightsError
from engine.pretrained.archive import PRETRAINED, read_description

FEEDFORWARD_FILE = PRETRAINED / "brushes.npz"


@dataclass(frozen=True)
class BuiltInStyle:
    """A one-pass style in the built-in network.

    Attributes:
        name: its name in a recipe.
        title: its name on pages.
    """

    name: str
    title: str


@functools.cache
def built_in_styles(path: Path = FEEDFORWARD_FILE) -> tuple[BuiltInStyle, ...]:
    """Return the one-pass styles in the network's order, or none if the network is missing."""
    try:
        styles = read_description(path)["styles"]
        return tuple(BuiltInStyle(str(style["name"]), str(style["title"])) for style in styles)
    except (WeightsError, KeyError, TypeError):
        return ()
