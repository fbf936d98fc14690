"""What is built in, by name: the brushes that ship. Loads no TensorFlow."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from engine.errors import WeightsError
from engine.pretrained.archive import PRETRAINED, read_description

FEEDFORWARD_FILE = PRETRAINED / "brushes.npz"


@dataclass(frozen=True)
class BuiltInStyle:
    """A style in the network of brushes that ships.

    Attributes:
        name: what a recipe calls it.
        title: what people call it.
    """

    name: str
    title: str


@functools.cache
def built_in_styles(path: Path = FEEDFORWARD_FILE) -> tuple[BuiltInStyle, ...]:
    """List the brushes in the network's order; none where there is no such network."""
    try:
        styles = read_description(path)["styles"]
        return tuple(BuiltInStyle(str(style["name"]), str(style["title"])) for style in styles)
    except (WeightsError, KeyError, TypeError):
        return ()
